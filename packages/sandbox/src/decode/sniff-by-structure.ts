/** Detects formats whose signature alone is too short (text, audio frames, transport streams) by the bytes that follow. Flow: sniff → here. Spec: docs/design/hashing.md#formats */
import { uint8, uint16BigEndian, uint32BigEndian } from './byte-reader.ts';

/**
 * Text: valid UTF-8 without control characters, except tab, line feed, form feed and return.
 * A first block that ends within a character is text too, since more content follows.
 */
export function isText(head: Uint8Array): boolean {
  if (head.some((byte) => byte === 0x7f || (byte < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d].includes(byte)))) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return head.length > 0;
  } catch {
    return false;
  }
}

const PACKET = 188;

/** MPEG transport stream (ISO 13818-1 §2.4.3): 0x47 every 188 bytes; with a time code of four before each, every 192 (BDAV). */
export function isTransportStream(head: Uint8Array): boolean {
  const every = (first: number, step: number): boolean =>
    head.length > first + 3 * step && [0, 1, 2, 3].every((i) => head[first + i * step] === 0x47);
  return every(0, PACKET) || every(4, PACKET + 4);
}

/** MPEG audio layer III and ADTS AAC: three frames, each at the offset that the one before gives. */
export function isAudioFrames(head: Uint8Array): boolean {
  return [mp3FrameBytes, adtsFrameBytes].some((frameBytes) => {
    let at = 0;
    for (let frame = 0; frame < 3; frame++) {
      const length = frameBytes(head, at);
      if (length === 0 || at + length > head.length) return false;
      at += length;
    }
    return true;
  });
}

const MPEG1_KBITS = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
const MPEG2_KBITS = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0];
const MPEG1_HERTZ = [44_100, 48_000, 32_000, 0];

/** Bytes of the layer III frame at `at` (ISO 11172-3 §2.4.2.3, 13818-3); 0 if there is none. */
function mp3FrameBytes(head: Uint8Array, at: number): number {
  const start = uint16BigEndian(head, at);
  const version = (start >> 3) & 3; // 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5
  if (start >> 5 !== 0x7ff || version === 1 || ((start >> 1) & 3) !== 1) return 0;
  const rates = uint8(head, at + 2);
  const bits = ((version === 3 ? MPEG1_KBITS : MPEG2_KBITS)[rates >> 4] ?? 0) * 1000;
  const hertz = (MPEG1_HERTZ[(rates >> 2) & 3] ?? 0) / (version === 3 ? 1 : version === 2 ? 2 : 4);
  if (bits === 0 || hertz === 0) return 0;
  return Math.floor(((version === 3 ? 144 : 72) * bits) / hertz) + ((rates >> 1) & 1);
}

/** Bytes of the ADTS frame at `at` (ISO 13818-7 §6.2); 0 if there is none. */
function adtsFrameBytes(head: Uint8Array, at: number): number {
  if ((uint16BigEndian(head, at) & 0xfff6) !== 0xfff0) return 0;
  const length = ((uint8(head, at + 3) & 3) << 11) | (uint8(head, at + 4) << 3) | (uint8(head, at + 5) >> 5);
  return length > 7 ? length : 0;
}

/**
 * Whether the bytes are boxes of an ISO base media file with a movie, whatever the first one is: browsers play it, and the first box of an icon
 * or a folder's settings is one of them. Spec: ISO 14496-12 §4.2
 */
export function hasMovie(bytes: Uint8Array): boolean {
  for (let at = 0; at + 8 <= bytes.length;) {
    if (uint32BigEndian(bytes, at + 4) === MOOV) return true;
    const short = uint32BigEndian(bytes, at);
    const size = short === 1 ? uint32BigEndian(bytes, at + 8) * 2 ** 32 + uint32BigEndian(bytes, at + 12) : short;
    if (size < 8) return false; // 0: it is the last one
    at += size;
  }
  return false;
}
const MOOV = 0x6d6f6f76;

const ID3 = 0x494433;
const ID3_BYTES = 10;

/** Where the ID3 tags end with which the bytes begin; 0 if there are none. Players skip them. Spec: ID3v2.4 §3.1 */
export function endOfTags(bytes: Uint8Array): number {
  let at = 0;
  while (uint32BigEndian(bytes, at) >>> 8 === ID3) {
    const size = [6, 7, 8, 9].reduce((sum, i) => sum * 128 + (uint8(bytes, at + i) & 0x7f), 0);
    at += ID3_BYTES + size;
  }
  return at;
}
