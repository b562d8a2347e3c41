/** The lean runtime is npm's, octet for octet, but for functions that trap instead; of another file than the profile's it is not made. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { SandboxLock } from '../build/lock.ts';
import { leanRuntime, readProfile } from '../build/runtime/lean.ts';
import { bodiesOf, SECTION, sectionsOf } from '../build/runtime/sections.ts';

const full = await readFile(createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'));
const profile = await readProfile();
const UNREACHABLE = '00000b';
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

test('each function is as it was, or traps; all else is as it was', async () => {
  const lean = leanRuntime(full, profile);
  const [before, after] = [sectionsOf(full), sectionsOf(lean)];
  expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  for (const [i, { id, bytes }] of before.entries()) {
    if (id !== SECTION.code) expect(hex(after[i]?.bytes), `section ${id}`).toBe(hex(bytes));
  }
  const code = (sections: typeof before) => bodiesOf(sections.find(({ id }) => id === SECTION.code)?.bytes ?? full);
  const [whole, left] = [code(before), code(after)];
  expect(left).toHaveLength(whole.length);
  const gone = whole.filter((body, i) => hex(body) !== hex(left[i]));
  const traps = left.filter((body) => hex(body) === UNREACHABLE);
  expect(traps.length).toBeGreaterThanOrEqual(gone.length);
  expect(whole.filter((body, i) => hex(left[i]) !== UNREACHABLE && hex(left[i]) !== hex(body))).toEqual([]);
  expect(gone.length).toBeGreaterThan(whole.length / 2);
  await WebAssembly.compile(lean);
});

test('it is the one that was built, and that the sandbox’s lock names', async () => {
  const dist = (name: string): Promise<Buffer> => readFile(path.join(import.meta.dirname, '../dist', name));
  const lean = leanRuntime(full, profile);
  expect(Buffer.compare(lean, await dist('runtime.wasm'))).toBe(0);
  const { classifier } = JSON.parse((await dist('sandbox.lock.json')).toString()) as SandboxLock;
  const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  expect(classifier.runtimes).toEqual({ lean: digest(lean), full: digest(full) });
});

test('a profile of another file is refused by name', () => {
  const other = Uint8Array.from(full);
  other[100] = (other[100] ?? 0) ^ 1;
  expect(() => leanRuntime(other, profile)).toThrow(
    /profile\.json is of another onnxruntime-web: run `npm run profile`/,
  );
});

test('a file that ends too early is refused, not read past its end', () => {
  expect(() => sectionsOf(full.subarray(0, 9))).toThrow(RangeError);
});
