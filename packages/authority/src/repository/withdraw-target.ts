/** Removes a staged document, so that the next publication omits it. A model's files are removed with its manifest. Spec: docs/design/authority.md#publishing */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { TargetPath } from '@lodestone/protocol/paths';
import { openAuthority } from '../keys/authority.ts';
import { isModelFile, removeUnusedFiles } from '../model/files.ts';

/** @throws {LodestoneError} `ERR_USAGE` if the path is not staged, or is a file that a model's manifest names */
export async function withdrawTarget(options: { directory: string; path: string }): Promise<void> {
  const { paths } = await openAuthority(options.directory);
  const target = check(TargetPath, options.path, 'target');
  const file = path.join(paths.staged, target);
  if (!existsSync(file)) throw new LodestoneError('ERR_USAGE', `${target} is not staged`);
  if (isModelFile(target)) {
    throw new LodestoneError('ERR_USAGE', `${target} belongs to a model: withdraw the model's manifest.json instead`);
  }
  await rm(file);
  await removeUnusedFiles(paths);
}
