/** However many starts make a folder at once, each finds it whole, and none takes away what another has. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { madeFolder } from '../src/cached-build.ts';

const FILES = 40;
const STARTS = 6;

let directory: string;
beforeEach(async () => void (directory = await mkdtemp(path.join(tmpdir(), 'lodestone-made-'))));
afterEach(() => rm(directory, { recursive: true }));

async function fill(into: string): Promise<void> {
  await mkdir(path.join(into, 'assets'));
  for (let i = 0; i < FILES; i++) await writeFile(path.join(into, 'assets', `${i}.js`), 'x');
}
const filesIn = async (folder: string): Promise<number> => (await readdir(path.join(folder, 'assets'))).length;

test.each(['none', 'one of something else'])('starts at once, where there is %s', async (before) => {
  for (let round = 0; round < 20; round++) {
    const base = path.join(directory, `${round}`);
    if (before !== 'none') await madeFolder(base, 'before', fill);
    const found = await Promise.all(
      Array.from({ length: STARTS }, async () => filesIn((await madeFolder(base, 'now', fill)).folder)),
    );
    expect(found).toEqual(Array(STARTS).fill(FILES));
    const { folder, how } = await madeFolder(base, 'now', fill);
    expect([how, await filesIn(folder)]).toEqual(['up to date', FILES]);
  }
  expect((await readdir(directory)).sort()).toEqual(Array.from({ length: 20 }, (_, i) => `${i}-now`).sort());
});

test('one that cannot be made leaves what was there, and says why', async () => {
  const base = path.join(directory, 'made');
  await madeFolder(base, 'before', fill);
  await expect(madeFolder(base, 'now', () => Promise.reject(new Error('no space')))).rejects.toThrow('no space');
  expect((await madeFolder(base, 'before', fill)).how).toBe('up to date');
  expect(await readdir(directory)).toEqual(['made-before']);
});
