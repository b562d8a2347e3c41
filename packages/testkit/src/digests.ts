/** Digests for tests that need a value and do not care what was digested. */
import type { FileDigest, ManifestDigest, OrderDigest } from '@lodestone/protocol/digest';

/** Fits wherever a digest is expected. */
export type AnyDigest = OrderDigest & ManifestDigest & FileDigest;

/** A digest that repeats one hex digit. */
export function digestOf(hexDigit: string): AnyDigest {
  return hexDigit.repeat(64) as AnyDigest;
}
