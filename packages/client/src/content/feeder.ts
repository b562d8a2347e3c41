/**
 * Gives the sandbox the bytes it asks for, block by block, as transferred copies: bytes are read only on an item's turn.
 * Where the sandbox's engine cannot decode a picture in there, it also hands over the picture, already reduced.
 * Flow: check → here → sandbox. Nothing comes back but the question for more.
 */
import { type BytesMessage, LIMITS, LodestoneError } from '@lodestone/protocol';

/** Content as the host gave it, with its size. Bytes are copied at once, so that the host may go on using its buffer. */
export function toBlob(content: unknown): Blob {
  if (content instanceof Blob) return content;
  if (content instanceof ArrayBuffer || (ArrayBuffer.isView(content) && content.buffer instanceof ArrayBuffer)) {
    return new Blob([content as BufferSource]);
  }
  throw new LodestoneError('ERR_CONTENT', 'check takes a Blob (a File is one) or bytes, not shared with other threads');
}

/** The answer to `bytes-wanted`. Empty past the end, or where the file can no longer be read (moved, permission gone). */
export async function readBlocks(
  content: Blob,
  contentId: number,
  first: number,
  count: number,
): Promise<BytesMessage> {
  const from = first * LIMITS.blockBytes;
  const blocks = content.slice(from, from + count * LIMITS.blockBytes);
  const bytes = await blocks.arrayBuffer().catch(() => new ArrayBuffer(0));
  return { type: 'bytes', contentId, first, bytes };
}

/**
 * The picture at the size that is hashed, decoded by the host, for engines that cannot do it in the sandbox (WebKit).
 * Undefined where it does not decode: the sandbox then says so itself from the bytes.
 */
export async function reducedBitmap(content: Blob): Promise<ImageBitmap | undefined> {
  let whole: ImageBitmap;
  try {
    whole = await createImageBitmap(content);
  } catch {
    return undefined;
  }
  const { width, height } = whole;
  if (Math.max(width, height) <= LIMITS.hashSide) return whole;
  // Each side by itself: PDQ samples both alike, and a strip cut in proportion would be too thin to hash.
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
