/** One instance of Argon2id gives the bytes of Node's own, whatever ran before, and keeps nothing of a call. */
import { LOCKED_LIMITS } from '@lodestone/protocol/limits';
import { afterAll, expect, test, vi } from 'vitest';
import { loadArgon2id } from '../src/index.ts';
import { nodeArgon2id } from '../src/node.ts';

let memory: WebAssembly.Memory | undefined;
let instances = 0;
const { instantiate } = WebAssembly;
vi.spyOn(WebAssembly, 'instantiate').mockImplementation((async (code: BufferSource, imports: WebAssembly.Imports) => {
  instances++;
  memory = imports['env']?.['memory'] as WebAssembly.Memory;
  return instantiate(code, imports);
}) as never);
const argon2id = await loadArgon2id();
afterAll(() => vi.restoreAllMocks());

// Of the memory: the least, odd ones, which Argon2 rounds down to four blocks, and the most. After the most comes the least again.
test.each([8, 11, 256, 987, 1_802, LOCKED_LIMITS.memoryKiB, 8])('%i KiB', async (memoryKiB) => {
  for (const fill of [0, 255]) {
    const secret = new Uint8Array(32).fill(fill);
    const options = { salt: new Uint8Array(32).fill(255 - fill), memoryKiB, bytes: 16 };
    expect(await argon2id(secret, options)).toEqual(new Uint8Array(await nodeArgon2id(secret, options)));
    expect(isZero(memory as WebAssembly.Memory)).toBe(true);
  }
  expect(instances).toBe(1);
});

test('calls that run together do not disturb each other', async () => {
  const options = { salt: new Uint8Array(32).fill(7), memoryKiB: 64, bytes: 16 };
  const secrets = Array.from({ length: 8 }, (_, i) => new Uint8Array(32).fill(i));
  const together = await Promise.all(secrets.map((secret) => argon2id(secret, options)));
  expect(new Set(together.map(String)).size).toBe(8);
  for (const [i, secret] of secrets.entries()) expect(await argon2id(secret, options)).toEqual(together[i]);
});

test('a call that fails is an error, and the next one works', async () => {
  const options = { salt: new Uint8Array(32), memoryKiB: 8, bytes: 16 };
  const before = await argon2id(new Uint8Array(32), options);
  await expect(argon2id(new Uint8Array(32), { ...options, memoryKiB: 2 ** 23 })).rejects.toThrow();
  expect(isZero(memory as WebAssembly.Memory)).toBe(true);
  expect(await argon2id(new Uint8Array(32), options)).toEqual(before);
});

test('an engine that refuses the code gives its error', async () => {
  vi.mocked(WebAssembly.instantiate).mockRejectedValue(new WebAssembly.CompileError('no SIMD'));
  await expect(loadArgon2id()).rejects.toThrow('no SIMD');
});

function isZero({ buffer }: WebAssembly.Memory): boolean {
  const bytes = Buffer.from(buffer);
  return bytes.equals(Buffer.alloc(bytes.length));
}
