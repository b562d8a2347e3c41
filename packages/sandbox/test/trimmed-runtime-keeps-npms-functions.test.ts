/** The trimmed runtime equals npm's file byte for byte, except for functions that trap. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { SandboxLock } from '../build/lock.ts';
import { trimmedRuntime, readProfile } from '../build/runtime/trimmed.ts';
import { bodiesOf, SECTION, sectionsOf } from '../build/runtime/sections.ts';

const full = await readFile(createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'));
const profile = await readProfile();
const UNREACHABLE = '00000b';
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

test('each function is unchanged or traps, and everything else is unchanged', async () => {
  const trimmed = trimmedRuntime(full, profile);
  const [before, after] = [sectionsOf(full), sectionsOf(trimmed)];
  expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  for (const [i, { id, bytes }] of before.entries()) {
    if (id !== SECTION.code) expect(hex(after[i]?.bytes), `section ${id}`).toBe(hex(bytes));
  }
  const code = (sections: typeof before) => bodiesOf(sections.find(({ id }) => id === SECTION.code)?.bytes ?? full);
  const [whole, kept] = [code(before), code(after)];
  expect(kept).toHaveLength(whole.length);
  const removed = whole.filter((body, i) => hex(body) !== hex(kept[i]));
  const traps = kept.filter((body) => hex(body) === UNREACHABLE);
  expect(traps.length).toBeGreaterThanOrEqual(removed.length);
  expect(whole.filter((body, i) => hex(kept[i]) !== UNREACHABLE && hex(kept[i]) !== hex(body))).toEqual([]);
  expect(removed.length).toBeGreaterThan(whole.length / 2);
  await WebAssembly.compile(trimmed);
});

test('the built file is the one that the lock file names', async () => {
  const dist = (name: string): Promise<Buffer> => readFile(path.join(import.meta.dirname, '../dist', name));
  const trimmed = trimmedRuntime(full, profile);
  expect(Buffer.compare(trimmed, await dist('runtime.wasm'))).toBe(0);
  const { parts } = JSON.parse((await dist('sandbox.lock.json')).toString()) as SandboxLock;
  const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  expect(parts['classifier']?.runtimes).toEqual({ trimmed: digest(trimmed), full: digest(full) });
});

test('a profile of another file is an error that names the command to run', () => {
  const other = Uint8Array.from(full);
  other[100] = (other[100] ?? 0) ^ 1;
  expect(() => trimmedRuntime(other, profile)).toThrow(
    /profile\.json was made for another version of onnxruntime-web: run `npm run profile`/,
  );
});

test('a truncated file is an error', () => {
  expect(() => sectionsOf(full.subarray(0, 9))).toThrow(RangeError);
});
