/**
 * Whether no other frame refers to this one, so that it need not be decoded: usually half of an H.264 video or more.
 * Pure. Flow: track → here. Spec: docs/design/hashing.md#video; ITU-T H.264 §7.3.1 (NAL units), ISO 14496-15 §5.3 (their lengths)
 */

/** Types 1 to 5 are slices of a picture. */
const LAST_SLICE_TYPE = 5;

/**
 * @param data a packet of H.264 whose NAL units have a length before them
 * @param description the decoder's configuration record; undefined if the units have start codes instead: then nothing is skipped
 */
export function isDisposable(data: Uint8Array, description: Uint8Array | undefined): boolean {
  if (!description) return false;
  const lengthBytes = ((description[4] ?? 3) & 3) + 1;
  let isSlice = false;
  for (let at = 0; at + lengthBytes < data.length;) {
    let length = 0;
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + (data[at + i] as number);
    const header = data[at + lengthBytes] as number;
    const type = header & 31;
    if (type >= 1 && type <= LAST_SLICE_TYPE) {
      if ((header & 0x60) !== 0) return false;
      isSlice = true;
    }
    at += lengthBytes + length;
  }
  return isSlice;
}
