/**
 * What is derived from the bits of a hash at a subset: the tag by which a device finds a row, the key that unlocks it, and the pad of the
 * row. All bits of a subset go into each hash at once: nothing helps with a part of a guess. Spec: docs/detection/locked-lists.md#derivation
 */
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import { type LockedParameters, WRAPPED_KEY_BYTES } from '@lodestone/protocol/locked-rows';
import type { Blake3 } from './blake3.ts';

/** Argon2id (RFC 9106) with one pass and one lane. */
export type SlowHash = (
  secret: Uint8Array,
  options: { readonly salt: Uint8Array; readonly memoryKiB: number; readonly bytes: number },
) => Promise<Uint8Array>;

const TAG = utf8('t');
const KEY = utf8('k');
const ROW = utf8('row');
/** As long as the longest input of a hash: two blocks. */
const ZEROS = new Uint8Array(128);

export class Derivation {
  readonly #blake3: Blake3;
  readonly #slowHash: SlowHash;
  readonly #salt: Uint8Array;
  readonly #memoryKiB: number;
  /** salt ‖ "t" ‖ j ‖ bits, used again for each tag: a picture has tens of thousands. */
  readonly #tagged: Uint8Array;

  constructor(blake3: Blake3, slowHash: SlowHash, { salt, memoryKiB, bits }: LockedParameters) {
    this.#blake3 = blake3;
    this.#slowHash = slowHash;
    this.#salt = salt;
    this.#memoryKiB = memoryKiB;
    this.#tagged = concatBytes(salt, TAG, new Uint8Array(1 + bits / 8));
  }

  /** tag_j = BLAKE3(salt ‖ "t" ‖ j ‖ bits), its first 4 bytes as a number (little-endian). */
  tag(subset: number, bits: Uint8Array): number {
    const place = this.#salt.length + TAG.length;
    this.#tagged[place] = subset;
    this.#tagged.set(bits, place + 1);
    const [a, b, c, d] = this.#blake3(this.#tagged) as unknown as [number, number, number, number];
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  }

  /** P_j = Argon2id(BLAKE3(salt ‖ "k" ‖ j ‖ bits), salt, m, t = 1, p = 1), 16 bytes. */
  async key(subset: number, bits: Uint8Array): Promise<Uint8Array> {
    const secret = this.#hashOf(this.#salt, KEY, Uint8Array.of(subset), bits);
    try {
      return await this.#slowHash(secret, {
        salt: this.#salt,
        memoryKiB: this.#memoryKiB,
        bytes: WRAPPED_KEY_BYTES,
      });
    } finally {
      secret.fill(0);
    }
  }

  /** Overwrites what shows the last bits, here and in the hash's memory. */
  clear(): void {
    this.#tagged.fill(0, this.#salt.length + TAG.length);
    this.#blake3(ZEROS);
  }

  /** BLAKE3("row" ‖ K ‖ salt ‖ id), 32 bytes. An id never has two rows, so no pad is used twice. */
  pad(key: Uint8Array, id: Uint8Array): Uint8Array {
    return this.#hashOf(ROW, key, this.#salt, id);
  }

  /** The copy that joins the parts shows bits or a key. */
  #hashOf(...parts: readonly Uint8Array[]): Uint8Array {
    const input = concatBytes(...parts);
    const hash = this.#blake3(input);
    input.fill(0);
    return hash;
  }
}

/** Writes a ⊕ b into `into`. */
export function xor(a: Uint8Array, b: Uint8Array, into: Uint8Array = new Uint8Array(a.length)): Uint8Array {
  for (let i = 0; i < into.length; i++) into[i] = (a[i] as number) ^ (b[i] as number);
  return into;
}
