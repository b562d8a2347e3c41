/** BLAKE3 of one instance, which is used again: a new one for each call would cost more than the hash. */
import { createBLAKE3 } from 'hash-wasm';

/** The 32-byte hash of these bytes. */
export type Blake3 = (bytes: Uint8Array) => Uint8Array;

export async function loadBlake3(): Promise<Blake3> {
  const hasher = await createBLAKE3();
  return (bytes) => hasher.init().update(bytes).digest('binary');
}
