/** Reads a picture's header and structure before any decoder gets it. Each format has one file in this folder. Spec: docs/design/hashing.md#formats */

export interface ImageHeader {
  /** Pixels as stored, before any orientation. */
  width: number;
  height: number;
  /**
   * False if the structure stops before the format's end, or a checksum that covers pixels is wrong. Engines show what there is of
   * such a picture, so it is decoded and looked up, but its verdict is never complete.
   */
  complete: boolean;
  /** The file says that the picture is shown with its sides exchanged. Not for WebP, which browsers never turn. */
  isSideways?: boolean;
  /** A variant that ends WebKit's process instead of failing: the host must not decode it. */
  isDangerous?: boolean;
}

/** Returns undefined if the bytes have no size. Never throws. */
export type ReadHeader = (bytes: Uint8Array) => ImageHeader | undefined;

export function readImageHeader(read: ReadHeader, bytes: Uint8Array): ImageHeader | undefined {
  const header = read(bytes);
  return header && header.width > 0 && header.height > 0 ? header : undefined;
}
