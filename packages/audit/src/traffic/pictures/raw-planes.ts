/**
 * Bytes read as uncompressed pictures of plausible sizes: grey, RGB, RGBA, planes one after the other, 32-bit floats. It guesses:
 * a wrong guess looks like no picture. Pure. Flow: decodings.ts → here → likeness.ts. Spec: docs/design/audit.md#pictures
 */
import { luma, type Plane, reduce } from './plane.ts';

export interface RawPlane {
  /** "grey, 128 × 128". */
  description: string;
  plane: Plane;
}

const SIDE = { least: 8, most: 512 };
/** The longer side is at most so many times the shorter one. */
const MOST_ASPECT = 4;
/** A header or trailer of up to so many bytes is skipped, for pictures of a common shape. */
const MOST_MARGIN = 64;
/** Width to height. */
const COMMON_SHAPES = [1, 4 / 3, 3 / 4, 3 / 2, 2 / 3, 16 / 9, 9 / 16];
/** Pictures in one body, one below the other. */
const MOST_STACKED = 16;
/** Planes are kept at this size; likeness.ts compares smaller ones. */
const KEPT_SIDE = 64;

interface Layout {
  name: string;
  /** Bytes for each pixel of the whole picture. */
  bytesPerPixel: number;
  /** Bytes from one pixel of a row to the next. */
  step: number;
  /** Brightness of the pixel that starts at this byte. */
  read(bytes: DataView, at: number): number;
}

const byte = (bytes: DataView, at: number): number => bytes.getUint8(at);
const rgb = (bytes: DataView, at: number): number => luma(byte(bytes, at), byte(bytes, at + 1), byte(bytes, at + 2));
const float = (bytes: DataView, at: number): number => bytes.getFloat32(at, true);

const LAYOUTS: readonly Layout[] = [
  { name: 'grey', bytesPerPixel: 1, step: 1, read: byte },
  { name: 'RGB', bytesPerPixel: 3, step: 3, read: rgb },
  { name: 'RGBA', bytesPerPixel: 4, step: 4, read: rgb },
  // The first plane is red, or the brightness.
  { name: 'three planes', bytesPerPixel: 3, step: 1, read: byte },
  { name: 'YUV 4:2:0', bytesPerPixel: 1.5, step: 1, read: byte },
  { name: 'floats, grey', bytesPerPixel: 4, step: 4, read: float },
  { name: 'floats, RGB', bytesPerPixel: 12, step: 12, read: float },
  { name: 'floats, three planes', bytesPerPixel: 12, step: 4, read: float },
];

export function* rawPlanes(bytes: Uint8Array): Generator<RawPlane> {
  const most = SIDE.most * SIDE.most * 12 * MOST_STACKED;
  if (bytes.length < SIDE.least * SIDE.least || bytes.length > most) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const layout of LAYOUTS) {
    for (const { width, height, from } of placements(view, layout)) {
      const plane = planeAt(view, layout, { width, height, from });
      if (plane) yield { description: `${layout.name}, ${width} × ${height}`, plane };
    }
  }
}

interface Placement {
  width: number;
  height: number;
  /** Offset of the first byte. */
  from: number;
}

function* placements(view: DataView, layout: Layout): Generator<Placement> {
  const { bytesPerPixel } = layout;
  const pixels = view.byteLength / bytesPerPixel;
  for (let width = SIDE.least; width <= SIDE.most; width++) {
    const rows = pixels / width;
    if (!Number.isInteger(rows) || rows < SIDE.least || !isSmooth(view, layout, { width, height: rows, from: 0 }))
      continue;
    for (let stacked = 1; stacked <= MOST_STACKED; stacked++) {
      const height = rows / stacked;
      if (!Number.isInteger(height) || !isPlausible(width, height)) continue;
      if (stacked > 1 && width * height < LEAST_STACKED) continue;
      for (let i = 0; i < stacked; i++) yield { width, height, from: i * width * height * bytesPerPixel };
    }
  }
  for (let margin = 1; margin <= MOST_MARGIN; margin++) {
    for (const { width, height } of commonSizes((view.byteLength - margin) / bytesPerPixel)) {
      for (const from of [margin, 0])
        if (isSmooth(view, layout, { width, height, from })) yield { width, height, from };
    }
  }
}

/** Pixels of each of several pictures in one body: smaller ones would match too many guesses. */
const LEAST_STACKED = 2_048;

function isPlausible(width: number, height: number): boolean {
  return (
    Math.min(width, height) >= SIDE.least &&
    Math.max(width, height) <= SIDE.most &&
    Math.max(width, height) <= MOST_ASPECT * Math.min(width, height)
  );
}

function* commonSizes(pixels: number): Generator<{ width: number; height: number }> {
  if (!Number.isInteger(pixels)) return;
  for (const shape of COMMON_SHAPES) {
    for (const width of new Set([Math.floor(Math.sqrt(pixels * shape)), Math.ceil(Math.sqrt(pixels * shape))])) {
      const height = pixels / width;
      if (Number.isInteger(height) && isPlausible(width, height)) yield { width, height };
    }
  }
}

const MOST_SAMPLES = 512;
/** Pixels. Smaller planes may be as rough as noise if they were reduced without smoothing, and are cheap to compare. */
const LEAST_SAMPLED = 1_100;
/** Of a picture, a pixel and the one below differ less than two at random places. 1 for data without rows. */
const MOST_ROUGHNESS = 0.85;

/** A cheap test that leaves out most wrong guesses. */
function isSmooth(view: DataView, { read, step }: Layout, { width, height, from }: Placement): boolean {
  // Of stacked chroma planes only the first part has this width.
  const pixels = Math.min(width * height, Math.floor((view.byteLength - from) / step));
  if (pixels < LEAST_SAMPLED) return true;
  let [below, elsewhere] = [0, 0];
  for (let i = 0; i < Math.min(MOST_SAMPLES, pixels - width); i++) {
    // Steps of large primes spread the samples over the plane, the same each time.
    const pixel = (i * 7_919) % (pixels - width);
    const other = (pixel + i * 104_729 + 65_537) % pixels;
    const value = read(view, from + pixel * step);
    below += Math.abs(value - read(view, from + (pixel + width) * step));
    elsewhere += Math.abs(value - read(view, from + other * step));
  }
  return below < MOST_ROUGHNESS * elsewhere;
}

function planeAt(view: DataView, layout: Layout, { width, height, from }: Placement): Plane | undefined {
  const values = new Float64Array(width * height);
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = layout.read(view, from + i * layout.step);
    if (!Number.isFinite(value) || Math.abs(value) > 1e6) return undefined;
    values[i] = value;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (most === least) return undefined;
  if (layout.read === float) {
    // Floats have any range.
    const scale = 255 / (most - least);
    for (let i = 0; i < values.length; i++) values[i] = ((values[i] ?? 0) - least) * scale;
  }
  return reduce({ width, height, values }, Math.min(KEPT_SIDE, width), Math.min(KEPT_SIDE, height));
}
