/**
 * The old timestamp key is lost or deleted before its replacement is published. Apps accept the repository after each file, and
 * if the publication stops there; where that is impossible, the command says so. Spec: docs/design/authority.md#replacing-keys
 */
import type * as fs from 'node:fs/promises';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { refresh, type TufState } from '@lodestone/trust';
import { afterEach, expect, test, vi } from 'vitest';
import { publish, rotate, verifyRepository } from '@lodestone/authority';
import { openRepository } from '../src/repository/reader.ts';
import { NOW } from './support/authority-folder.ts';
import { addRows, newCeremony, publishWith, signAs } from './support/holders.ts';

const { installed } = vi.hoisted(() => ({
  installed: { metadata: (_file: string): Promise<void> => Promise.resolve() },
}));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  const rename: typeof real.rename = async (from, to) => {
    await real.rename(from, to);
    const file = /repository\/metadata\/(.+)$/.exec(String(to))?.[1];
    if (file !== undefined) await installed.metadata(file);
  };
  return { ...real, rename };
});
afterEach(() => {
  installed.metadata = () => Promise.resolve();
});

/** A published list whose next publication replaces keys, and whose old keys of these roles are gone. */
async function rotated(roles: readonly ('timestamp' | 'snapshot')[]): Promise<{ directory: string; root: Uint8Array }> {
  const ceremony = await newCeremony();
  const { directory, holders } = ceremony;
  await publishWith(ceremony, holders.slice(0, 2));
  await addRows(directory, [1]);
  await rotate({ directory, online: roles, now: NOW });
  for (const holder of holders.slice(1)) await signAs(ceremony, holder);
  for (const role of roles) await rm(path.join(directory, `keys/${role}-1.pem`));
  return { directory, root: await readFile(path.join(directory, 'root.json')) };
}
const versionsOf = async ({ directory, root }: { directory: string; root: Uint8Array }) =>
  (await verifyRepository({ repository: directory, root, now: NOW })).versions;

test('after each file a new app, and one that was up to date, accept the repository', async () => {
  const { directory, root } = await rotated(['timestamp']);
  const device = async (state: TufState): Promise<TufState> =>
    (await refresh({ state, get: openRepository(directory), now: NOW, save: () => Promise.resolve() })).state;
  let state = await device({ root });
  const files: string[] = [];
  installed.metadata = async (file) => {
    files.push(file);
    await versionsOf({ directory, root });
    state = await device(state);
  };
  expect(await publish({ directory, now: NOW })).toMatchObject({ warnings: [] });
  expect(files).toEqual(['2.targets.json', '2.snapshot.json', 'timestamp.json', '2.root.json', 'timestamp.json']);
  expect(await versionsOf({ directory, root })).toEqual({ targets: 2, timestamp: 2 });
});

test('a publication that stops after any file but the last is completed with the same draft', async () => {
  for (const stop of [1, 2, 3, 4]) {
    const { directory, root } = await rotated(['timestamp']);
    let count = 0;
    installed.metadata = () => (++count === stop ? Promise.reject(new Error('stopped')) : Promise.resolve());
    await expect(publish({ directory, now: NOW })).rejects.toThrow('stopped');
    await versionsOf({ directory, root });
    await publish({ directory, now: NOW });
    expect((await versionsOf({ directory, root })).targets, `stopped after file ${stop}`).toBe(2);
  }
});

test('without the old snapshot key the root comes first, and the command says so', async () => {
  const { directory, root } = await rotated(['timestamp', 'snapshot']);
  const { warnings } = await publish({ directory, now: NOW });
  expect(warnings).toEqual([expect.stringContaining('root 2 was installed before the timestamp')]);
  expect(await versionsOf({ directory, root })).toEqual({ targets: 2, timestamp: 2 });
});
