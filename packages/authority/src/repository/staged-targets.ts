/** Staged documents, `staged/v1/…`: each publication includes them until they are withdrawn. Spec: docs/design/authority.md#publishing */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { check } from '@lodestone/protocol/document';
import { TargetPath } from '@lodestone/protocol/paths';
import type { Paths } from '../keys/authority.ts';
import { writeAtomically } from './atomic-files.ts';

export async function stageTarget({ staged }: Paths, target: string, bytes: Uint8Array): Promise<{ path: TargetPath }> {
  const place = check(TargetPath, target, 'target');
  await writeAtomically(path.join(staged, place), bytes);
  return { path: place };
}

export async function readStagedTargets(paths: Paths): Promise<Map<TargetPath, Uint8Array<ArrayBuffer>>> {
  const read = (await stagedTargetPaths(paths)).map(async (target) => {
    return [target, new Uint8Array(await readFile(path.join(paths.staged, target)))] as const;
  });
  return new Map(await Promise.all(read));
}

export async function stagedTargetPaths({ staged }: Paths): Promise<TargetPath[]> {
  if (!existsSync(staged)) return [];
  const all = await readdir(staged, { recursive: true, withFileTypes: true });
  return all
    .filter((file) => file.isFile() && !file.name.startsWith('.'))
    .map((file) => path.relative(staged, path.join(file.parentPath, file.name)).split(path.sep).join('/'))
    .sort()
    .map((target) => check(TargetPath, target, 'target'));
}
