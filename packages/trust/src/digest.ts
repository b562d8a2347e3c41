/** SHA-256 as documents print it, for every rule of this package. Synchronous, so that rules stay pure functions. Spec: docs/design/overview.md#names */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '@lodestone/protocol/bytes';
import type { Digest } from '@lodestone/protocol/digest';

/** `D` names what the caller digests, for example `OrderDigest` for the bytes of a signed order. */
export function sha256Hex<D extends Digest = Digest>(bytes: Uint8Array): D {
  return toHex(sha256(bytes)) as D;
}
