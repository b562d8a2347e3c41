/**
 * The receipt of a signal: what a user quotes to contest it. It does not reveal the signal id, so it cannot be used to
 * send a signal. Flow: client/outbox, receiver/contests → here. Pure. Spec: docs/design/outbox.md#notices
 */
import { sha256 } from '@noble/hashes/sha2.js';

/** 80 bits. */
const RECEIPT_BYTES = 10;
/** RFC 4648 §6. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The first 80 bits of SHA-256 of the signal id, in base32 and groups of four: `MFRG-GZDF-MZTW-Q2LK`. */
export function receiptOf(signalId: Uint8Array): string {
  const bits = [...sha256(signalId).subarray(0, RECEIPT_BYTES)]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
  const digits = bits.replace(/.{5}/g, (five) => BASE32.charAt(Number.parseInt(five, 2)));
  return digits.replace(/.{4}(?=.)/g, '$&-');
}
