/**
 * Decodes a picture in the host page, for engines whose workers cannot do so in an opaque origin (WebKit). Flow: block feeder → here →
 * scanner. Promise: it decodes only what the sandbox requested, after it has read the picture's header. Spec: docs/design/sandbox.md#scanner
 */
import { type BitmapSize, type HostBitmap, LIMITS, PICTURE_ENDS, type PictureFormat } from '@lodestone/protocol';

/** Returns undefined if the engine does not decode the picture. */
export async function makeBitmap(
  content: Blob,
  format: PictureFormat,
  size: BitmapSize,
): Promise<HostBitmap | undefined> {
  let whole: ImageBitmap;
  try {
    whole = await createImageBitmap(new Blob([content, Uint8Array.from(PICTURE_ENDS[format])], { type: format }));
  } catch {
    return undefined;
  }
  const { width, height } = whole;
  if (size === 'full' || Math.max(width, height) <= LIMITS.hashSide) return { bitmap: whole, width, height };
  // Each side is limited separately: PDQ samples both equally, and a proportionally reduced strip would be too thin to hash.
  const reduced = {
    resizeWidth: Math.min(width, LIMITS.hashSide),
    resizeHeight: Math.min(height, LIMITS.hashSide),
    resizeQuality: 'high' as const,
  };
  try {
    return { bitmap: await createImageBitmap(whole, reduced), width, height };
  } finally {
    whole.close();
  }
}
