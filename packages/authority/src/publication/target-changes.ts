/** Which targets a publication adds, changes and withdraws. Pure. Spec: docs/design/authority.md#signing */
import type { Digest } from '@lodestone/protocol/digest';
import { parseTargetPath, type TargetFile, type TargetPath } from '@lodestone/protocol/paths';
import type { TargetsSigned } from '@lodestone/trust';

export interface TargetChange {
  path: TargetPath;
  before: TargetFile | undefined;
  after: TargetFile | undefined;
}

/** Targets metadata has passed the profile's checks, so its paths and digests have the right form. */
export function targetFiles({ targets }: TargetsSigned): Map<TargetPath, TargetFile> {
  return new Map(
    Object.entries(targets).map(([name, { length, hashes }]) => {
      const path = name as TargetPath;
      return [path, { path, length, sha256: hashes['sha256'] as Digest }];
    }),
  );
}

export function targetChanges(published: ReadonlyMap<TargetPath, TargetFile>, targets: TargetsSigned): TargetChange[] {
  const next = targetFiles(targets);
  const paths = [...new Set([...published.keys(), ...next.keys()])].sort();
  return paths
    .map((path) => ({ path, before: published.get(path), after: next.get(path) }))
    .filter(({ before, after }) => before?.sha256 !== after?.sha256 || before?.length !== after?.length);
}

/** Whether a target is a JSON document, and not a list's, model's or runtime's file. */
export function isDocument(path: TargetPath): boolean {
  const kind = parseTargetPath(path)?.kind;
  return kind !== undefined && kind !== 'list-file' && kind !== 'model-file' && kind !== 'runtime';
}
