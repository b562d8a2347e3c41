/** Any number of concurrent starts each find a complete folder, and none removes the folder of another. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cachedBuild } from '../src/build/cached-build.ts';

/** Enough that a folder is partial for a while: they are written one after the other. */
const FILES = 12;
const STARTS = 6;

let directory: string;
beforeEach(async () => void (directory = await mkdtemp(path.join(tmpdir(), 'lodestone-cached-'))));
afterEach(() => rm(directory, { recursive: true }));

async function fill(into: string): Promise<void> {
  await mkdir(path.join(into, 'assets'));
  for (let i = 0; i < FILES; i++) await writeFile(path.join(into, 'assets', `${i}.js`), 'x');
}
const filesIn = async (folder: string): Promise<number> => (await readdir(path.join(folder, 'assets'))).length;

test.each(['none', 'another version'])(
  'concurrent starts find a complete folder if there was %s before',
  async (before) => {
    for (let round = 0; round < 20; round++) {
      const base = path.join(directory, `${round}`);
      if (before !== 'none') await cachedBuild(base, 'before', fill);
      const found = await Promise.all(
        Array.from({ length: STARTS }, async () => filesIn((await cachedBuild(base, 'now', fill)).folder)),
      );
      expect(found).toEqual(Array(STARTS).fill(FILES));
      const { folder, status } = await cachedBuild(base, 'now', fill);
      expect([status, await filesIn(folder)]).toEqual(['up to date', FILES]);
    }
    expect((await readdir(directory)).sort()).toEqual(Array.from({ length: 20 }, (_, i) => `${i}-now`).sort());
  },
);

test('a failed build keeps the earlier version and reports the cause', async () => {
  const base = path.join(directory, 'made');
  await cachedBuild(base, 'before', fill);
  await expect(cachedBuild(base, 'now', () => Promise.reject(new Error('no space')))).rejects.toThrow('no space');
  expect((await cachedBuild(base, 'before', fill)).status).toBe('up to date');
  expect(await readdir(directory)).toEqual(['made-before']);
});
