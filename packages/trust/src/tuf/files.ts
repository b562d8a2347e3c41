/**
 * The files of this protocol version that targets metadata lists.
 * Spec: docs/design/contracts.md#target-paths, TUF 1.0 §4.5
 */
import { check } from '@lodestone/protocol/document';
import { TargetFile, type TargetPath } from '@lodestone/protocol/paths';

/** The part of targets metadata that names files. */
interface NamesFiles {
  readonly targets: Readonly<Record<string, { length: number; hashes: Record<string, string> }>>;
}

/** Returns the files under `v1/` and ignores those of later versions. Throws for an invalid path or digest. */
export function trustedFiles({ targets }: NamesFiles): ReadonlyMap<TargetPath, TargetFile> {
  const files = Object.entries(targets)
    .filter(([path]) => path.startsWith('v1/'))
    .map(([path, { length, hashes }]) => readFile(path, length, hashes));
  return new Map(files.map((file) => [file.path, file]));
}

function readFile(path: string, length: number, { sha256, ...others }: Record<string, string>): TargetFile {
  const [other] = Object.keys(others);
  if (other !== undefined) throw new Error(`${path} has a digest of type ${other}; only SHA-256 is allowed`);
  return check(TargetFile, { path, length, sha256 }, path);
}
