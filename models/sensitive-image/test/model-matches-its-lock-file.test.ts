/** The converter gives the same bytes each time, and they match the lock file. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { buildModel, difference, lockOf, makeModel, MODEL_FILE, readLock } from '../src/build-model.ts';

test('two conversions give the same bytes, and they match the lock file', async () => {
  const made = lockOf(await makeModel());
  expect(lockOf(await makeModel())).toEqual(made);
  expect(made).toEqual(await readLock());
});
test('the built file matches the lock file and has at most 2.81 MB', async () => {
  await buildModel();
  const { bytes } = await readLock();
  expect(lockOf(await readFile(MODEL_FILE))).toEqual(await readLock());
  expect(bytes).toBeLessThanOrEqual(2_810_000);
});
test('a model that differs is refused with an error that names the lock file', async () => {
  const locked = await readLock();
  const other = await makeModel();
  other[1000] = (other[1000] ?? 0) ^ 1;
  expect(difference(lockOf(other), locked)).toMatch(/models\/sensitive-image\/model\.lock\.json has .*--update/);
  expect(difference(locked, locked)).toBeUndefined();
});
