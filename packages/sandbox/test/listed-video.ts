/** The clips of `fixtures/video`, and the listed one as an authority would list it: a frame a second, from the source of `fixtures/make-video.ts`. */
import { loadPdq } from '@lodestone/pdq';
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import { LIMITS } from '@lodestone/protocol/limits';
import type { ListRecord } from '@lodestone/protocol/list-file';
import listed from './fixtures/video/listed.mp4?url';
import unrelated from './fixtures/video/unrelated.mp4?url';
import { drawPicture, type Rgba } from './picture.ts';

export { listed, unrelated };

/** Firefox, and some builds of Chromium, use the system's decoder, if there is one. */
export async function hasH264(): Promise<boolean> {
  if (!('VideoDecoder' in globalThis)) return false;
  return (await VideoDecoder.isConfigSupported({ codec: 'avc1.42001e' })).supported ?? false;
}

export async function listedVideo(entry: number): Promise<ListRecord> {
  const pdq = await loadPdq();
  const frames = [1, 2, 3, 4].flatMap((seed) => [0, 6].map((left) => videoFrame(seed, left)));
  return { type: 'vpdq', entry, payload: concatBytes(...frames.map((frame) => pdq.hash(frame).hash)) };
}

/** A scene, panned by this many pixels. */
export function videoFrame(seed: number, left: number): Rgba {
  const [width, height] = [192, 144];
  const whole = drawPicture(240, 180, seed);
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    const from = ((y + 10) * whole.width + left) * 4;
    data.set(whole.data.subarray(from, from + width * 4), y * width * 4);
  }
  return { width, height, data };
}

/** An MP4 file with a box of zeros behind its boxes, so that the sandbox reads it in slices. */
export function enlarged(mp4: Uint8Array<ArrayBuffer>): Blob {
  const mebibyte = new Uint8Array(1_048_576);
  const count = LIMITS.contentBytes / mebibyte.length + 1;
  const header = concatBytes(new Uint8Array(4), utf8('free'));
  new DataView(header.buffer).setUint32(0, header.length + count * mebibyte.length);
  return new Blob([mp4, header, ...Array.from({ length: count }, () => mebibyte)]);
}
