/**
 * A target is the file that its signed length and digest say, or it is refused.
 * Flow: TrustedTargets → file → here → parsed. Spec: TUF 1.0 §5.7.3; DESIGN §5.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { type NamedTarget, parseTargetPath, type TargetFile } from '@lodestone/protocol/paths';

/** Where the file is in a repository with consistent snapshots: `targets/v1/lists/x/<sha256>.manifest.json`. */
export function targetUrlPath({ path, sha256: digest }: TargetFile): string {
  const slash = path.lastIndexOf('/');
  return `targets/${path.slice(0, slash + 1)}${digest}.${path.slice(slash + 1)}`;
}

/** The target that such a path, with any prefix, names: `/base/targets/v1/orders/<sha256>.a.json` is order `a`. */
export function namedByUrlPath(urlPath: string): NamedTarget | undefined {
  const [, folder = '', leaf = ''] = /(?:^|\/)targets\/(v1\/(?:[^/]+\/)*)[0-9a-f]{64}\.([^/]+)$/.exec(urlPath) ?? [];
  return parseTargetPath(folder + leaf);
}

/** @throws {LodestoneError} `ERR_TRUST_DIGEST` where the bytes are not that file. */
export function checkTarget(file: TargetFile, bytes: Uint8Array): void {
  const check = createTargetCheck(file);
  check.update(bytes);
  check.finish();
}

export interface TargetCheck {
  /** Takes the next bytes. @throws {LodestoneError} `ERR_TRUST_DIGEST` as soon as there are too many. */
  update(chunk: Uint8Array): void;
  /** Call once, after the last bytes. @throws {LodestoneError} `ERR_TRUST_DIGEST` */
  finish(): void;
}

/** Checks a file as it streams; the caller keeps chunks small enough (≤ 256 KiB) to yield between them. */
export function createTargetCheck({ path, length, sha256: digest }: TargetFile): TargetCheck {
  const hash = sha256.create();
  let seen = 0;
  return {
    update(chunk) {
      seen += chunk.length;
      if (seen > length)
        throw new LodestoneError('ERR_TRUST_DIGEST', `${path}: longer than its signed ${length} bytes`);
      hash.update(chunk);
    },
    finish() {
      if (seen !== length)
        throw new LodestoneError('ERR_TRUST_DIGEST', `${path}: ${seen} bytes, signed were ${length}`);
      const actual = toHex(hash.digest());
      if (actual !== digest) {
        throw new LodestoneError('ERR_TRUST_DIGEST', `${path}: digest ${actual}, signed was ${digest}`);
      }
    },
  };
}
