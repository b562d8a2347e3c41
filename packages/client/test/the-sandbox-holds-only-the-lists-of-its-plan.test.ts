/** Which lists are unloaded and loaded before a scan. Spec: docs/design/contracts.md#suppression */
import type { FileDigest, ScanPlan } from '@lodestone/protocol';
import { expect, test } from 'vitest';
import { listChanges, type Loaded } from '../src/content/loaded-lists.ts';

const [A, B] = ['a'.repeat(64) as FileDigest, 'b'.repeat(64) as FileDigest];
const plan = (...files: FileDigest[]): ScanPlan => ({
  lists: files.map((fileDigest) => ({ fileDigest, media: ['image'], maxDistance: 31, minQuality: 0, variants: [] })),
  models: [],
});
const suppressing =
  (...numbers: number[]) =>
  () => ({ exact: new Uint32Array(), near: new Uint32Array(), suppressed: Uint32Array.from(numbers) });
const loaded = (files: FileDigest[], ...suppressed: number[]): Loaded =>
  new Map(files.map((file) => [file, Uint32Array.from(suppressed)]));

test('a list of the plan is loaded once, also if two lines name it', () => {
  expect(listChanges(loaded([]), plan(A, A, B), suppressing())).toEqual({ unload: [], load: [A, B] });
  expect(listChanges(loaded([A, B]), plan(A, B), suppressing())).toEqual({ unload: [], load: [] });
});
test('a list that the plan does not name is unloaded', () => {
  expect(listChanges(loaded([A, B]), plan(B), suppressing())).toEqual({ unload: [A], load: [] });
  expect(listChanges(loaded([A]), plan(), suppressing())).toEqual({ unload: [A], load: [] });
});
test('a list whose suppressions changed is loaded again', () => {
  expect(listChanges(loaded([A], 3), plan(A), suppressing(3))).toEqual({ unload: [], load: [] });
  expect(listChanges(loaded([A], 3), plan(A), suppressing(3, 4))).toEqual({ unload: [], load: [A] });
  expect(listChanges(loaded([A], 3), plan(A), suppressing())).toEqual({ unload: [], load: [A] });
});
test('a list that is no longer in force is requested, so that its scan fails', () => {
  expect(listChanges(loaded([A]), plan(A), () => undefined)).toEqual({ unload: [], load: [A] });
});
