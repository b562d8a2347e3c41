/** Input pictures, and their checks before the kernel reads a byte. */
import { type Bytes, checkBytes } from './bytes.ts';
import { PdqError } from './error.ts';

/** The largest side, in pixels. */
const maxSide = 16_384;

/** Bytes per pixel: 4 red, green, blue and one that is ignored; 3 red, green, blue; 1 grey, or a video frame's luma. */
export type Channels = 1 | 3 | 4;

export interface Picture {
  /** Rows from top to bottom, 8 bits a channel. */
  readonly data: Bytes;
  readonly width: number;
  readonly height: number;
  /** Default: 4, as in the output of canvases and decoders. */
  readonly channels?: Channels;
  /** Bytes from the start of a row to the start of the next, for padded rows. Default: width × channels. */
  readonly stride?: number;
}

/** A picture with consistent numbers. */
export interface CheckedPicture extends Required<Picture> {}

export function checkPicture(picture: Picture): CheckedPicture {
  const { data, width, height, channels = 4, stride = width * channels } = picture;
  checkSize(width, height);
  checkChannels(channels);
  checkBytes(data, 'picture data');
  const rowBytes = width * channels;
  if (!Number.isSafeInteger(stride) || stride < rowBytes) {
    throw new PdqError('ERR_PDQ_LENGTH', `stride must be a whole number of at least ${rowBytes} bytes, not ${stride}`);
  }
  // The padding of the last row is optional.
  const least = stride * (height - 1) + rowBytes;
  if (data.length < least || data.length > stride * height) {
    throw new PdqError(
      'ERR_PDQ_LENGTH',
      `picture data has ${data.length} bytes; ${width}×${height} pixels of ${channels} bytes need ${least}`,
    );
  }
  return { data, width, height, channels, stride };
}

export function checkSize(width: number, height: number): void {
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 1 || side > maxSide) {
      throw new PdqError(
        'ERR_PDQ_SIZE',
        `the picture has ${width}×${height} pixels; sides must be whole numbers from 1 to ${maxSide}`,
      );
    }
  }
}

export function checkChannels(channels: number): asserts channels is Channels {
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new PdqError('ERR_PDQ_OPTION', `channels must be 1, 3 or 4, not ${channels}`);
  }
}
