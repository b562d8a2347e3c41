/** Reads a picture's header and structure before any decoder gets it. Each format has one file in this folder. Spec: docs/design/hashing.md#formats */

export interface ImageHeader {
  /** Pixels as stored, before any orientation. */
  width: number;
  height: number;
  /**
   * False if the structure stops before the format's end, or a checksum is wrong. Browsers often show such a picture in part and
   * report it as complete.
   */
  complete: boolean;
}

/** Returns undefined if the bytes have no size. Never throws. */
export type ReadHeader = (bytes: Uint8Array) => ImageHeader | undefined;

export function readImageHeader(read: ReadHeader, bytes: Uint8Array): ImageHeader | undefined {
  const header = read(bytes);
  return header && header.width > 0 && header.height > 0 ? header : undefined;
}
