/** SHA-256 as documents print it, for every rule of this package. Synchronous, so that rules stay pure functions. Spec: docs/design/overview.md#names */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '@lodestone/protocol/bytes';
import type { Digest } from '@lodestone/protocol/digest';

/** `D` names what the caller digests, for example `OrderDigest` for the bytes of a signed order. */
export function sha256Hex<D extends Digest = Digest>(bytes: Uint8Array): D {
  return toHex(sha256(bytes)) as D;
}

/** The digest of bytes that arrive in pieces, which WebCrypto cannot compute. */
export interface Sha256 {
  update(piece: Uint8Array): void;
  /** Call once, after the last piece. @returns 32 bytes */
  digest(): Uint8Array;
}

export function createSha256(): Sha256 {
  const hash = sha256.create();
  return { update: (piece) => void hash.update(piece), digest: () => hash.digest() };
}
