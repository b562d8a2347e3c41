/**
 * The staged and published files of models. Several models can share one runtime.
 * Promise: a file is published only while a staged manifest names it. Spec: docs/design/authority.md#models
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { type ModelManifest, parseModelManifest } from '@lodestone/protocol/model';
import type { Name } from '@lodestone/protocol/name';
import { modelManifestPath, parseTargetPath, type TargetPath } from '@lodestone/protocol/paths';
import type { Paths } from '../keys/authority.ts';
import { stagedTargetPaths } from '../repository/staged-targets.ts';

/** The runtime reads ONNX and its own format, which has `ORTM` at offset 4. */
export function formatOf(file: Uint8Array): 'onnx' | 'ort' {
  return Buffer.from(file.subarray(4, 8)).toString('latin1') === 'ORTM' ? 'ort' : 'onnx';
}

const isManifest = (target: TargetPath): boolean => parseTargetPath(target)?.kind === 'model-manifest';
export function isModelFile(target: TargetPath): boolean {
  const kind = parseTargetPath(target)?.kind;
  return kind === 'model-file' || kind === 'runtime';
}

export async function readStagedManifest({ staged }: Paths, target: TargetPath): Promise<ModelManifest | undefined> {
  const file = path.join(staged, target);
  return existsSync(file) ? parseModelManifest(await readFile(file)) : undefined;
}

/** The highest version ever published or staged, or 0. Published files are never deleted, so the repository has all versions. */
export async function lastVersion({ staged, repository }: Paths, model: Name): Promise<number> {
  const folder = path.posix.dirname(modelManifestPath(model));
  const folders = [path.join(staged, folder), path.join(repository, 'targets', folder)];
  const names = (await Promise.all(folders.filter(existsSync).map((place) => readdir(place)))).flat();
  const targets = names.map((name) => parseTargetPath(`${folder}/${name.replace(/^[0-9a-f]{64}\./, '')}`));
  return Math.max(0, ...targets.flatMap((target) => (target?.kind === 'model-file' ? [target.version] : [])));
}

export async function removeUnusedFiles(paths: Paths): Promise<void> {
  const targets = await stagedTargetPaths(paths);
  const manifests = await Promise.all(targets.filter(isManifest).map((target) => readStagedManifest(paths, target)));
  const used = new Set(manifests.flatMap((manifest) => (manifest ? [manifest.file.path, manifest.runtime.path] : [])));
  const unused = targets.filter((target) => isModelFile(target) && !used.has(target));
  await Promise.all(unused.map((target) => rm(path.join(paths.staged, target))));
}
