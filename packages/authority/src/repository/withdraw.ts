/** Takes a staged document back: the next publication is without it. A model goes with its files. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { TargetPath } from '@lodestone/protocol/paths';
import { openAuthority } from '../keys/authority.ts';
import { isModelFile, removeUnnamedFiles } from '../model/files.ts';

/** @throws {LodestoneError} `ERR_USAGE` where it is not staged, or is a file that a model's manifest names */
export async function withdraw(options: { directory: string; path: string }): Promise<void> {
  const { paths } = await openAuthority(options.directory);
  const target = check(TargetPath, options.path, 'target');
  const file = path.join(paths.staged, target);
  if (!existsSync(file)) throw new LodestoneError('ERR_USAGE', `${target} is not staged`);
  if (isModelFile(target)) {
    throw new LodestoneError('ERR_USAGE', `${target} is a file of a model: withdraw the model's manifest.json`);
  }
  await rm(file);
  await removeUnnamedFiles(paths);
}
