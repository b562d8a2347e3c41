/**
 * Checks a target file against its signed length and digest.
 * Flow: TrustedTargets → file → here → parsed. Spec: docs/design/signed-inputs.md#tuf-client, TUF 1.0 §5.7.3
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { type NamedTarget, parseTargetPath, type TargetFile } from '@lodestone/protocol/paths';

/** The file's path in a repository with consistent snapshots: `targets/v1/lists/x/<sha256>.manifest.json`. */
export function targetUrlPath({ path, sha256: digest }: TargetFile): string {
  const slash = path.lastIndexOf('/');
  return `targets/${path.slice(0, slash + 1)}${digest}.${path.slice(slash + 1)}`;
}

/** The target that such a path names, with any prefix: `/base/targets/v1/orders/<sha256>.a.json` is order `a`. */
export function namedByUrlPath(urlPath: string): NamedTarget | undefined {
  const [, folder = '', leaf = ''] = /(?:^|\/)targets\/(v1\/(?:[^/]+\/)*)[0-9a-f]{64}\.([^/]+)$/.exec(urlPath) ?? [];
  return parseTargetPath(folder + leaf);
}

/** @throws {LodestoneError} `ERR_TRUST_DIGEST` if the bytes are another file. */
export function checkTarget(file: TargetFile, bytes: Uint8Array): void {
  const check = createTargetCheck(file);
  check.update(bytes);
  check.finish();
}

export interface TargetCheck {
  /** Takes the next bytes. @throws {LodestoneError} `ERR_TRUST_DIGEST` as soon as the file is too long. */
  update(chunk: Uint8Array): void;
  /** Call once, after the last bytes. @throws {LodestoneError} `ERR_TRUST_DIGEST` */
  finish(): void;
}

/** Checks a file as it streams. The caller passes chunks of at most 256 KiB, so that it can yield between them. */
export function createTargetCheck({ path, length, sha256: digest }: TargetFile): TargetCheck {
  const hash = sha256.create();
  let seen = 0;
  return {
    update(chunk) {
      seen += chunk.length;
      if (seen > length)
        throw new LodestoneError('ERR_TRUST_DIGEST', `${path}: longer than the signed ${length} bytes`);
      hash.update(chunk);
    },
    finish() {
      if (seen !== length)
        throw new LodestoneError('ERR_TRUST_DIGEST', `${path}: ${seen} bytes, but ${length} were signed`);
      const actual = toHex(hash.digest());
      if (actual !== digest) {
        throw new LodestoneError('ERR_TRUST_DIGEST', `${path}: its digest is ${actual}, but ${digest} was signed`);
      }
    },
  };
}
