/**
 * Argon2id where there is no native one: of one instance, because a new one takes longer than the hash of a small memory. Promise: the bytes
 * of RFC 9106; the instance's memory is zeros after each hash.
 */
import setupWasm from 'argon2id/lib/setup.js';
import { wasm } from './argon2id.generated.ts';
import type { SlowHash } from './derive.ts';

/** Blocks that the package uses beside those of the hash: five, and the numbers of a lane and a block. */
const OTHER_KIB = 6;

/** @throws an error of the engine, if it has no WebAssembly with SIMD, or not enough memory */
export async function loadArgon2id(): Promise<SlowHash> {
  const bytes = Uint8Array.from(atob(wasm), (character) => character.charCodeAt(0));
  let memory: WebAssembly.Memory | undefined;
  const instantiate = (imports: WebAssembly.Imports): Promise<WebAssembly.WebAssemblyInstantiatedSource> => {
    memory = imports['env']?.['memory'] as WebAssembly.Memory;
    return WebAssembly.instantiate(bytes, imports);
  };
  // The package's other file is for engines without SIMD, in which nothing of Lodestone runs. So the second attempt is the first again, whose
  // error reaches the caller.
  const argon2id = await setupWasm(instantiate, instantiate);
  return async (password, { salt, memoryKiB, bytes: tagLength }) => {
    try {
      return argon2id({ password, salt, parallelism: 1, passes: 1, memorySize: memoryKiB, tagLength });
    } finally {
      // The package clears only what it uses beside the blocks.
      if (memory) new Uint8Array(memory.buffer).fill(0, 0, (memoryKiB + OTHER_KIB) * 1_024);
    }
  };
}
