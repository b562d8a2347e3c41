/**
 * Where a model's files are among the targets, and which of them are staged. A runtime is shared by all models that were
 * made for it. Promise: what no staged manifest names is not published.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { type ModelManifest, parseModelManifest } from '@lodestone/protocol/model';
import type { Digest } from '@lodestone/protocol/digest';
import type { Name } from '@lodestone/protocol/name';
import type { TargetPath } from '@lodestone/protocol/paths';
import type { Paths } from '../keys/authority.ts';
import { stagedPaths } from '../repository/staged.ts';

export const manifestPath = (model: Name): TargetPath => `v1/models/${model}/manifest.json` as TargetPath;
/** Named by what it is: the runtime reads ONNX, and its own format, which has `ORTM` after four octets. */
export const filePath = (model: Name, version: number, file: Uint8Array): TargetPath => {
  const isOrt = Buffer.from(file.subarray(4, 8)).toString('latin1') === 'ORTM';
  return `v1/models/${model}/${version}.${isOrt ? 'ort' : 'onnx'}` as TargetPath;
};
export const runtimePath = (sha256: Digest): TargetPath =>
  `v1/models/runtime/${sha256.slice(0, 16)}.wasm` as TargetPath;

const isManifest = (target: TargetPath): boolean => /^v1\/models\/[^/]+\/manifest\.json$/.test(target);
export const isModelFile = (target: TargetPath): boolean => target.startsWith('v1/models/') && !isManifest(target);

export async function readStagedManifest({ staged }: Paths, target: TargetPath): Promise<ModelManifest | undefined> {
  const file = path.join(staged, target);
  return existsSync(file) ? parseModelManifest(await readFile(file)) : undefined;
}

/** The highest version that was ever published or staged; 0 where there is none. Published files are never deleted. */
export async function lastVersion({ staged, repository }: Paths, model: Name): Promise<number> {
  const folders = [path.join(staged, 'v1/models', model), path.join(repository, 'targets/v1/models', model)];
  const names = (await Promise.all(folders.filter(existsSync).map((folder) => readdir(folder)))).flat();
  return Math.max(
    0,
    ...names.flatMap((name) => /^(?:[0-9a-f]{64}\.)?(\d+)\.(?:onnx|ort)$/.exec(name)?.[1] ?? []).map(Number),
  );
}

export async function removeUnnamedFiles(paths: Paths): Promise<void> {
  const targets = await stagedPaths(paths);
  const manifests = await Promise.all(targets.filter(isManifest).map((target) => readStagedManifest(paths, target)));
  const named = new Set(manifests.flatMap((manifest) => (manifest ? [manifest.file.path, manifest.runtime.path] : [])));
  const unnamed = targets.filter((target) => isModelFile(target) && !named.has(target));
  await Promise.all(unnamed.map((target) => rm(path.join(paths.staged, target))));
}
