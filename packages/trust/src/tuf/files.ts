/** The files that targets metadata vouches for, of this version of the protocol. Spec: TUF 1.0 §4.5; DESIGN §4. */
import { check } from '@lodestone/protocol/document';
import { TargetFile, type TargetPath } from '@lodestone/protocol/paths';

/** The part of targets metadata that names files. */
interface NamesFiles {
  readonly targets: Readonly<Record<string, { length: number; hashes: Record<string, string> }>>;
}

/** `v1/…` and nothing else: a later version's files are not ours to judge. Throws for a path or digest unlike ours. */
export function trustedFiles({ targets }: NamesFiles): ReadonlyMap<TargetPath, TargetFile> {
  const files = Object.entries(targets)
    .filter(([path]) => path.startsWith('v1/'))
    .map(([path, { length, hashes }]) => readFile(path, length, hashes));
  return new Map(files.map((file) => [file.path, file]));
}

function readFile(path: string, length: number, { sha256, ...others }: Record<string, string>): TargetFile {
  const [other] = Object.keys(others);
  if (other !== undefined) throw new Error(`${path} has a digest of ${other}; SHA-256 is the only one we check`);
  return check(TargetFile, { path, length, sha256 }, path);
}
