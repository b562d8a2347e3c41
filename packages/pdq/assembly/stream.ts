/**
 * One picture, from its first row to its hash. Flow: open → for each strip: stage rows, push … drain → finish.
 * A strip is a range of columns. A stream of rows has one strip, the whole picture. A wide and high picture whose bytes
 * can be read again has several, so that memory stays below 1.5 MB. A strip starts to the left of its own columns, because
 * its running sums subtract those samples. Spec: docs/design/hashing.md#pdq
 */
import { divisorOf, expectColumn, halfOf, nextColumn, sweep, windowOf } from './box';
import { qualityOfA, transform } from './dct';
import { decimateRows, startDecimation } from './decimate';
import {
  A,
  B,
  BLOCK_ROWS,
  BLURRED,
  CHUNK_COLUMNS,
  HASHES,
  LUMA,
  ROW_DIVISORS,
  ROW_SLOTS,
  SUM1,
  SUM2,
  UNBLURRED,
  VARIABLE,
  reserve,
} from './layout';
import { clearColumns, fillLuma, lumaAt, prepareLuma } from './luma';
import { writeHash, writeOrientations } from './bits';

let width: i32 = 0;
let height: i32 = 0;
let channels: i32 = 0;
let row: i32 = 0;

let rowWindow: i32 = 0;
let columnWindow: i32 = 0;
/** The window, rounded up to four columns. */
let margin: i32 = 0;
/** The column after the last one at which a pass has output. */
let lastColumn: i32 = 0;

let stripCount: i32 = 0;
let stripColumns: i32 = 0;
/** Of this strip, the first column of: its bytes, its samples of pass 2, its own columns; and the column after them. */
let byteStart: i32 = 0;
let sampleStart: i32 = 0;
let ownStart: i32 = 0;
let ownEnd: i32 = 0;
/** The first of the 64 decimated columns in this strip. */
let firstColumn: i32 = 0;

let divisors: usize = 0;
let rowSums: usize = 0;
let columnSums: usize = 0;
let ring: usize = 0;
let stageAt: usize = 0;
let stageCapacity: i32 = 0;

/** A stage of this size stays in a near cache between copying and reading. */
const STAGE_BYTES: i32 = 65536;

/** Lays out memory. `maxColumns` bounds a strip; 0 means one strip. */
export function open(w: i32, h: i32, bytesPerPixel: i32, maxColumns: i32): void {
  width = w;
  height = h;
  channels = bytesPerPixel;
  rowWindow = windowOf(w);
  columnWindow = windowOf(h);
  margin = (rowWindow + 3) & ~3;
  lastColumn = (w + 2 * (halfOf(rowWindow) - 1) + 3) & ~3;
  stripColumns = maxColumns == 0 || maxColumns >= lastColumn ? lastColumn : maxColumns - margin;
  stripCount = (lastColumn + stripColumns - 1) / stripColumns;

  const allRows = h + 2 * halfOf(columnWindow) + BLOCK_ROWS;
  const sampleColumns = stripCount > 1 ? stripColumns + margin : lastColumn;
  const stagedColumns = min(w, sampleColumns + margin);
  stageCapacity = max(BLOCK_ROWS, (STAGE_BYTES / (stagedColumns * channels)) & ~(BLOCK_ROWS - 1));

  divisors = VARIABLE;
  rowSums = divisors + ((<usize>lastColumn) << 2);
  columnSums = rowSums + (stripCount > 1 ? (<usize>allRows) << 3 : 0);
  ring = columnSums + ((<usize>sampleColumns) << 2);
  stageAt = ring + <usize>sampleColumns * <usize>(columnWindow << 2);
  reserve(stageAt + <usize>stageCapacity * <usize>(stagedColumns * channels) + 16);

  for (let x = 0; x < lastColumn; x++) {
    store<f32>(divisors + ((<usize>x) << 2), divisorOf(x + 1 - halfOf(rowWindow), w));
  }
  memory.fill(rowSums, 0, columnSums - rowSums);
  memory.fill(A, 0, 64 * 256);
  prepareLuma();
  expectColumn(0, w);
}

export function strips(): i32 {
  return stripCount;
}

/** Starts strip i; its bytes are columns `firstStaged()` up to `endStaged()` of every row. */
export function startStrip(i: i32): void {
  ownStart = i * stripColumns;
  ownEnd = min(ownStart + stripColumns, lastColumn);
  sampleStart = max(0, ownStart - margin);
  byteStart = max(0, sampleStart - margin);
  row = 0;
  memory.fill(columnSums, 0, stageAt - columnSums);
  firstColumn = nextColumn;
  startDecimation(height);
}

export function firstStaged(): i32 {
  return byteStart;
}

export function endStaged(): i32 {
  return min(width, ownEnd);
}

export function stage(): usize {
  return stageAt;
}

export function stageRows(): i32 {
  return stageCapacity;
}

/** Processes the staged rows: a multiple of 8, except at the end of the picture. */
export function push(rows: i32): void {
  const stride = <usize>((endStaged() - byteStart) * channels);
  const used = <usize>rows * stride;
  if (width == 64 && height == 64) keepLuma(rows);
  memory.fill(stageAt + used, 0, <usize>(-rows & (BLOCK_ROWS - 1)) * stride);
  for (let r = 0; r < rows; r += BLOCK_ROWS) pushBlock(stageAt + <usize>r * stride, stride);
}

/** After the last row: processes rows of zeros until the filters have produced their last output. */
export function drain(): void {
  const stride = <usize>((endStaged() - byteStart) * channels);
  memory.fill(stageAt, 0, stride * BLOCK_ROWS);
  while (row < height + 2 * (halfOf(columnWindow) - 1)) pushBlock(stageAt, stride);
}

/** The reference hashes a picture of 64×64 without a blur, but blurs it for the orientations. */
function keepLuma(rows: i32): void {
  for (let i = 0; i < rows * 64; i++) {
    store<f32>(UNBLURRED + ((<usize>(row * 64 + i)) << 2), lumaAt(channels, stageAt + <usize>(i * channels)));
  }
}

function pushBlock(first: usize, stride: usize): void {
  for (let r: i32 = 0; r < BLOCK_ROWS; r++) {
    const divisor = divisorOf(row + r + 1 - halfOf(columnWindow), height);
    v128.store(ROW_DIVISORS + ((<usize>r) << 4), f32x4.splat(divisor));
    store<u32>(ROW_SLOTS + ((<usize>r) << 2), ((row + r) % columnWindow) << 4);
  }
  clearColumns(LUMA, byteStart - margin, byteStart);
  clearColumns(BLURRED, sampleStart - margin, sampleStart);
  expectColumn(firstColumn, width);

  if (stripCount == 1) {
    memory.fill(SUM1, 0, 64);
    pass(first, stride, 0, lastColumn);
  } else {
    // Loads the sums that the previous strip left for this one, then saves those for the next strip.
    const sum1 = rowSums + ((<usize>row) << 3);
    const nextStart = max(ownStart, ownEnd - margin);
    fillLuma(channels, first, stride, byteStart, width, byteStart, sampleStart);
    memory.copy(SUM1, sum1, 32);
    pass(first, stride, sampleStart, ownStart);
    memory.copy(SUM2, sum1 + 32, 32);
    pass(first, stride, ownStart, nextStart);
    memory.copy(sum1, SUM1, 32);
    pass(first, stride, nextStart, ownEnd);
    memory.copy(sum1 + 32, SUM2, 32);
  }
  decimateRows(row);
  row += BLOCK_ROWS;
}

function pass(first: usize, stride: usize, from: i32, to: i32): void {
  for (let x = from; x < to; x += CHUNK_COLUMNS) {
    const end = min(x + CHUNK_COLUMNS, to);
    const samples = <usize>(x - sampleStart);
    fillLuma(channels, first, stride, byteStart, width, x, end);
    sweep(
      x,
      end,
      rowWindow,
      divisors,
      columnSums + (samples << 2),
      ring + samples * <usize>(columnWindow << 2),
      columnWindow,
    );
  }
}

/** The hash of the original, or of all eight orientations, at `hashes()`; returns the quality. */
export function finish(orientations: boolean): i32 {
  if (!orientations && width == 64 && height == 64) memory.copy(A, UNBLURRED, 64 * 256);
  transform();
  if (orientations) writeOrientations();
  else writeHash();
  return qualityOfA();
}

export function hashes(): usize {
  return HASHES;
}

/** The 16×16 block of DCT coefficients of the original, after `finish`. */
export function coefficients(): usize {
  return B;
}
