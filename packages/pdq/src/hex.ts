/** Converts a hash between bytes and text: 64 hexadecimal digits, in the order in which the reference prints them. */
import { checkHash } from './bytes.ts';
import { PdqError } from './error.ts';

export function toHex(hash: Uint8Array): string {
  checkHash(hash, 'hash');
  let text = '';
  for (const byte of hash) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** Accepts upper and lower case. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  if (typeof text !== 'string' || !/^[0-9a-f]{64}$/i.test(text)) {
    throw new PdqError('ERR_PDQ_HEX', 'the text must be 64 hexadecimal digits');
  }
  return Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** The number of the 256 bits in which two hashes differ. */
export function distance(a: Uint8Array, b: Uint8Array): number {
  checkHash(a, 'first hash');
  checkHash(b, 'second hash');
  let count = 0;
  for (let i = 0; i < 32; i++) {
    for (let bits = (a[i] as number) ^ (b[i] as number); bits !== 0; bits &= bits - 1) count++;
  }
  return count;
}
