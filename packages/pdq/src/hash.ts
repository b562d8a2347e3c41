/**
 * Hashes a picture in memory, or one that arrives row by row. The kernel (`assembly/stream.ts`) does the arithmetic; this
 * file copies rows to its stage and reads the result. Promise: the hash equals the reference's, bit for bit, for every size.
 * Spec: docs/design/hashing.md#pdq
 */
import { type Bytes, checkBytes } from './bytes.ts';
import { PdqError } from './error.ts';
import { type Kernel, growing, newKernel, viewOf } from './kernel.ts';
import { type Channels, type CheckedPicture, type Picture, checkChannels, checkPicture, checkSize } from './picture.ts';

/** In the kernel's order. The reference's names: flipX exchanges top and bottom, flipPlus1 transposes. */
export const orientations = [
  'original',
  'rotate90',
  'rotate180',
  'rotate270',
  'flipX',
  'flipY',
  'flipPlus1',
  'flipMinus1',
] as const;

export type Orientation = (typeof orientations)[number];

export interface HashedPicture {
  /** 32 bytes, in the order in which the reference prints them. */
  readonly hash: Uint8Array<ArrayBuffer>;
  /** 0 to 100. Below 50 the picture has too few features for a useful hash. */
  readonly quality: number;
  /** Only if asked for. */
  readonly coefficients?: Float32Array<ArrayBuffer>;
}

export interface HashOptions {
  /**
   * Whether the result has the 256 DCT coefficients behind the bits, of which `marginsOf` makes the reliability of each bit. They are a small
   * picture of the picture: fill them with zeros afterwards. Default: false.
   */
  readonly coefficients?: boolean;
}

export interface HashedOrientations {
  readonly hashes: Readonly<Record<Orientation, Uint8Array<ArrayBuffer>>>;
  readonly quality: number;
  /** Of the original. Only if asked for. */
  readonly coefficients?: Float32Array<ArrayBuffer>;
}

/** A picture that arrives row by row, from top to bottom. Call one of the `finish` methods at the end. */
export interface PictureStream {
  /** One or more whole rows. */
  push(rows: Bytes): void;
  finish(): HashedPicture;
  finishOrientations(): HashedOrientations;
}

export interface Hasher {
  hash(picture: Picture, options?: HashOptions): HashedPicture;
  hashOrientations(picture: Picture, options?: HashOptions): HashedOrientations;
  stream(width: number, height: number, options?: { readonly channels?: Channels }): PictureStream;
}

/** The reference returns no hash for a shorter side. */
const leastSide = 5;
/** A larger instance is not reused for the next picture. */
const maxKeptBytes = 1_572_864;
/** Limits of a strip (bytes of samples, columns) that keep memory below 1.5 MB. */
const maxStripBytes = 917_504;
const maxStripColumns = 8_192;

export function createHasher(module: WebAssembly.Module): Hasher {
  let idle: Kernel | undefined;

  function acquire(): Kernel {
    const kernel = idle ?? growing(() => newKernel(module));
    idle = undefined;
    return kernel;
  }

  function release(kernel: Kernel): void {
    if (kernel.memory.buffer.byteLength <= maxKeptBytes) idle = kernel;
  }

  function run<Result>(picture: CheckedPicture, read: (kernel: Kernel) => Result): Result {
    const kernel = acquire();
    feed(kernel, picture);
    const result = read(kernel);
    release(kernel);
    return result;
  }

  return {
    hash(picture, options) {
      const checked = checkPicture(picture);
      return isTooSmall(checked) ? zeroHash(options) : run(checked, (kernel) => readHash(kernel, options));
    },

    hashOrientations(picture, options) {
      const checked = checkPicture(picture);
      return isTooSmall(checked) ? zeroHashes(options) : run(checked, (kernel) => readHashes(kernel, options));
    },

    stream(width, height, { channels = 4 } = {}) {
      checkSize(width, height);
      checkChannels(channels);
      const shape = { width, height, channels };
      return isTooSmall(shape) ? streamWithoutHash(shape) : streamThrough(acquire(), shape, release);
    },
  };
}

type Shape = Pick<CheckedPicture, 'width' | 'height' | 'channels'>;

export function isTooSmall({ width, height }: Pick<Picture, 'width' | 'height'>): boolean {
  return width < leastSide || height < leastSide;
}

/** Reads a complete picture strip by strip, so that memory stays bounded. */
function feed(kernel: Kernel, picture: CheckedPicture): void {
  const { data, width, height, channels, stride } = picture;
  growing(() => kernel.open(width, height, channels, stripColumnsFor(height)));
  const strips = kernel.strips();
  for (let strip = 0; strip < strips; strip++) {
    kernel.startStrip(strip);
    const from = kernel.firstStaged() * channels;
    const rowBytes = kernel.endStaged() * channels - from;
    const stage = viewOf(kernel, kernel.stage(), kernel.stageRows() * rowBytes);
    for (let row = 0; row < height; row += kernel.stageRows()) {
      const rows = Math.min(kernel.stageRows(), height - row);
      if (rowBytes === stride) {
        stage.set(data.subarray(row * stride, (row + rows) * stride));
      } else {
        for (let r = 0; r < rows; r++) {
          const start = (row + r) * stride + from;
          stage.set(data.subarray(start, start + rowBytes), r * rowBytes);
        }
      }
      kernel.push(rows);
    }
    kernel.drain();
  }
}

export function stripColumnsFor(height: number): number {
  const columns = Math.floor(maxStripBytes / (4 * Math.ceil(height / 128)));
  return Math.min(maxStripColumns, columns - (columns % 4));
}

function streamThrough(kernel: Kernel, shape: Shape, release: (kernel: Kernel) => void): PictureStream {
  const { width, height, channels } = shape;
  growing(() => kernel.open(width, height, channels, 0));
  kernel.startStrip(0);
  const rowBytes = width * channels;
  const stage = viewOf(kernel, kernel.stage(), kernel.stageRows() * rowBytes);
  const count = countRows(shape);
  let staged = 0;

  function pushStage(): void {
    kernel.push(staged / rowBytes);
    staged = 0;
  }

  function end<Result>(read: (kernel: Kernel) => Result): Result {
    count.end();
    pushStage();
    kernel.drain();
    const result = read(kernel);
    release(kernel);
    return result;
  }

  return {
    push(rows) {
      count.add(rows);
      for (let start = 0; start < rows.length;) {
        const piece = rows.subarray(start, start + stage.length - staged);
        stage.set(piece, staged);
        staged += piece.length;
        start += piece.length;
        if (staged === stage.length) pushStage();
      }
    },
    finish: () => end((kernel) => readHash(kernel)),
    finishOrientations: () => end((kernel) => readHashes(kernel)),
  };
}

/** A picture with a side below 5 pixels: rows are only counted. */
function streamWithoutHash(shape: Shape): PictureStream {
  const count = countRows(shape);
  return {
    push: (rows) => count.add(rows),
    finish: () => (count.end(), zeroHash()),
    finishOrientations: () => (count.end(), zeroHashes()),
  };
}

/** Checks that a stream gets exactly as many rows as its height. */
function countRows({ width, height, channels }: Shape): { add(rows: Bytes): void; end(): void } {
  let left = height;
  let isOver = false;
  return {
    add(rows) {
      if (isOver) throw new PdqError('ERR_PDQ_STATE', 'the stream has already ended; create a new one');
      checkBytes(rows, 'rows');
      const count = rows.length / (width * channels);
      if (!Number.isInteger(count) || count > left) {
        throw new PdqError(
          'ERR_PDQ_LENGTH',
          `rows has ${rows.length} bytes; push whole rows of ${width * channels} bytes, at most ${left} more`,
        );
      }
      left -= count;
    },
    end() {
      if (isOver) throw new PdqError('ERR_PDQ_STATE', 'the stream has already ended; create a new one');
      if (left > 0)
        throw new PdqError('ERR_PDQ_STATE', `${left} of ${height} rows are missing; push them before finishing`);
      isOver = true;
    },
  };
}

function readHash(kernel: Kernel, options?: HashOptions): HashedPicture {
  const quality = kernel.finish(false);
  return { hash: viewOf(kernel, kernel.hashes(), 32).slice(), quality, ...coefficientsOf(options, kernel) };
}

function readHashes(kernel: Kernel, options?: HashOptions): HashedOrientations {
  const quality = kernel.finish(true);
  const all = viewOf(kernel, kernel.hashes(), 32 * orientations.length);
  const hashes = byOrientation((i) => all.slice(32 * i, 32 * i + 32));
  return { hashes, quality, ...coefficientsOf(options, kernel) };
}

/** Of zeros for a picture without a hash. */
function coefficientsOf(options: HashOptions | undefined, kernel?: Kernel): Pick<HashedPicture, 'coefficients'> {
  if (!options?.coefficients) return {};
  if (!kernel) return { coefficients: new Float32Array(256) };
  return { coefficients: new Float32Array(kernel.memory.buffer, kernel.coefficients(), 256).slice() };
}

function zeroHash(options?: HashOptions): HashedPicture {
  return { hash: new Uint8Array(32), quality: 0, ...coefficientsOf(options) };
}

function zeroHashes(options?: HashOptions): HashedOrientations {
  return { hashes: byOrientation(() => new Uint8Array(32)), quality: 0, ...coefficientsOf(options) };
}

function byOrientation(hash: (i: number) => Uint8Array<ArrayBuffer>): HashedOrientations['hashes'] {
  return Object.fromEntries(orientations.map((name, i) => [name, hash(i)])) as HashedOrientations['hashes'];
}
