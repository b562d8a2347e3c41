/** The converter makes the same bytes each time: those of the lock. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { buildModel, difference, lockOf, makeModel, MODEL_FILE, readLock } from '../src/build-model.ts';

test('two conversions give the same bytes, which are the agreed ones', async () => {
  const made = lockOf(await makeModel());
  expect(lockOf(await makeModel())).toEqual(made);
  expect(made).toEqual(await readLock());
});
test('the built file is the agreed one, and at most 2.81 MB', async () => {
  await buildModel();
  const { bytes } = await readLock();
  expect(lockOf(await readFile(MODEL_FILE))).toEqual(await readLock());
  expect(bytes).toBeLessThanOrEqual(2_810_000);
});
test('a model of other bytes is refused by name', async () => {
  const agreed = await readLock();
  const other = await makeModel();
  other[1000] = (other[1000] ?? 0) ^ 1;
  expect(difference(lockOf(other), agreed)).toMatch(/models\/sensitive-image\/model\.lock\.json has .*--update/);
  expect(difference(agreed, agreed)).toBeUndefined();
});
