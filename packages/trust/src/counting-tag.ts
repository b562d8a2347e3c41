/**
 * Tags that let a counting window count each list entry once without naming it. A tag is so short that many entries of
 * a large list share it; two matched entries with one tag count as one, which errs on the user's side.
 * Flow: client/outbox → here → its counting window. Pure. Spec: docs/design/outbox.md#tags
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { LIMITS } from '@lodestone/protocol/limits';

/** With ten bits, about one in a thousand entries of a list has the tag of a given entry. */
const MAX_TAG_BITS = 10;
/** As many entries of a large list share a tag, as a power of two. */
const SHARED_BITS = 10;
/** With two bits more than the threshold needs, few of the counted entries share a tag. */
const SPARE_BITS = 2;
/** Enough for the highest threshold: an order may be reissued with another one while a window lasts. */
const MIN_TAG_BITS: number = Math.ceil(Math.log2(LIMITS.threshold)) + SPARE_BITS;

/** Length in bits of the tags of a window, by the number of entries of its list. */
export function tagBits(entries: number): number {
  return Math.min(Math.max(Math.ceil(Math.log2(entries)) - SHARED_BITS, MIN_TAG_BITS), MAX_TAG_BITS);
}

/** The first `bits` bits of HMAC-SHA256 over the entry number. `tagKey` is random and is deleted with its window. */
export function countingTag(tagKey: Uint8Array, entry: number, bits: number): number {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, entry, true);
  const mac = hmac(sha256, tagKey, number);
  return new DataView(mac.buffer, mac.byteOffset).getUint16(0) >>> (16 - bits);
}
