/**
 * Decodes and reduces a picture in the host page, for engines whose workers cannot do so in an opaque origin (WebKit).
 * Flow: sandbox → here → scanner. Spec: docs/design/sandbox.md#scanner
 */
import { LIMITS } from '@lodestone/protocol';

/** Returns undefined if the picture does not decode: the sandbox then reports the reason from the bytes. */
export async function reducedBitmap(content: Blob): Promise<ImageBitmap | undefined> {
  let whole: ImageBitmap;
  try {
    whole = await createImageBitmap(content);
  } catch {
    return undefined;
  }
  const { width, height } = whole;
  if (Math.max(width, height) <= LIMITS.hashSide) return whole;
  // Each side is limited separately: PDQ samples both equally, and a proportionally reduced strip would be too thin to hash.
  const size = {
    resizeWidth: Math.min(width, LIMITS.hashSide),
    resizeHeight: Math.min(height, LIMITS.hashSide),
    resizeQuality: 'high' as const,
  };
  try {
    return await createImageBitmap(whole, size);
  } finally {
    whole.close();
  }
}
