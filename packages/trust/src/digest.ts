/** SHA-256 in the one form that documents use. Synchronous, so that rules stay pure functions. */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '@lodestone/protocol/bytes';
import type { Digest } from '@lodestone/protocol/digest';

export function sha256Hex(bytes: Uint8Array): Digest {
  return toHex(sha256(bytes)) as Digest;
}
