/** Which targets a publication adds, changes and withdraws. Pure. Spec: docs/design/authority.md#signing */
import { check } from '@lodestone/protocol/document';
import { parseTargetPath, TargetFile, type TargetPath } from '@lodestone/protocol/paths';
import type { TargetsSigned } from '@lodestone/trust';

export interface TargetChange {
  path: TargetPath;
  before: TargetFile | undefined;
  after: TargetFile | undefined;
}

/**
 * Every target. Unlike a client, which ignores paths of later versions, a publisher has none of them.
 * @throws {LodestoneError} `ERR_SCHEMA` for a path outside `v1/`, or another digest than SHA-256
 */
export function targetFiles({ targets }: TargetsSigned): Map<TargetPath, TargetFile> {
  const files = Object.entries(targets).map(([path, { length, hashes }]) =>
    check(TargetFile, { path, length, ...hashes }, path),
  );
  return new Map(files.map((file) => [file.path, file]));
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
