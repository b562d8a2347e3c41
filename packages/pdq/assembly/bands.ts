/**
 * The `indexed` kind. A hash is split into 11 bands of 23 bits (3 bits are unused). If two hashes are within d and the
 * bands' radii r satisfy Σ (r + 1) ≥ d + 1, they are within the radius of at least one band. Each band has a table of rows
 * sorted by the band's top bits. Each posting also has the band's other bits, so that lists are read sequentially and only
 * rows near in the whole band are looked up. Spec: docs/design/hashing.md#index
 */
import { QUERIES, ROWS_IN, answer, clearAnswers, hasRoomFor, isOff, openAnswers, rowCount } from './answers';
import { reserve } from './layout';

const BANDS: i32 = 11;
const BAND_BITS: i32 = 23;

/** A band's value consists of its top bits, which number a list, and its low bits. A posting is the low bits and a row number. */
let topBits: i32 = 0;
let lowBits: i32 = 0;
let rowBits: i32 = 0;

/** All masks with at most 4 of the top bits, by number of bits; then how many masks have at most 0, 1, … 4 bits. */
let masks: usize = 0;
const MASK_BYTES: usize = 32768;
const MAX_MASK_BITS: i32 = 4;

/** Lists that a query reads: start, end, the band's low bits, remaining radius, band. u32 each. */
let probes: usize = 0;
const MAX_PROBES: i32 = 16384;

/** Rows to look up, each with the band that found it. u32 each. */
let candidates: usize = 0;
const MAX_CANDIDATES: i32 = 2048;

/** For each band: a zero and the ends of its 2^topBits lists, then the lists. Then all rows. */
let ends: usize = 0;
let endBytes: usize = 0;
let lists: usize = 0;
let rows: usize = 0;

/** Build progress: the current band and its next row. */
let nextBand: i32 = 0;
let nextRow: i32 = 0;
const ROWS_PER_SLICE: i32 = 262144;

/** The current search: the query, its limit, and the lists to read, or the rows if lists would be slower. */
let query: usize = 0;
let limit: i32 = 0;
let nextProbe: usize = 0;
let lastProbe: usize = 0;
let nextCandidate: usize = 0;
let scanRow: i32 = 0;

export function openBands(count: i32): void {
  // Gives lists of 8 to 16 rows on average.
  topBits = min(21, max(8, 28 - clz(count | 1)));
  lowBits = BAND_BITS - topBits;
  rowBits = 32 - lowBits;
  masks = openAnswers(count);
  probes = masks + MASK_BYTES;
  candidates = probes + <usize>MAX_PROBES * 16;
  ends = candidates + <usize>MAX_CANDIDATES * 8;
  endBytes = ((<usize>1 << topBits) + 1) << 2;
  lists = ends + endBytes * BANDS;
  // Postings are read four at a time, past the end of the last list too.
  rows = lists + ((<usize>count * BANDS) << 2) + 16;
  reserve(rows + (<usize>count << 5));
  writeMasks();
}

function writeMasks(): void {
  let p = masks;
  for (let bits: i32 = 0; bits <= MAX_MASK_BITS; bits++) {
    for (let mask: u32 = (1 << bits) - 1; mask < <u32>1 << topBits; ) {
      store<u32>(p, mask);
      p += 4;
      if (mask == 0) break;
      // The next larger number with the same number of bits.
      const lowest = mask & -mask;
      const ripple = mask + lowest;
      mask = ripple | (((mask ^ ripple) >> 2) / lowest);
    }
    store<u32>(masksWithUpTo(bits), <u32>((p - masks) >> 2));
  }
}

function masksWithUpTo(bits: i32): usize {
  return masks + MASK_BYTES - 20 + (<usize>bits << 2);
}

function bandOf(hash: usize, band: i32): u32 {
  const bit = band * BAND_BITS;
  return (load<u32>(hash + (bit >> 3)) >> (bit & 7)) & 0x7fffff;
}

/** Adds `count` rows from ROWS_IN and counts the length of each list. */
export function layBands(first: i32, count: i32): void {
  memory.copy(rows + (<usize>first << 5), ROWS_IN, <usize>count << 5);
  for (let r = 0; r < count; r++) {
    let bandEnds = ends + 4;
    for (let band: i32 = 0; band < BANDS; band++) {
      const end = bandEnds + ((bandOf(ROWS_IN + (<usize>r << 5), band) >> lowBits) << 2);
      store<u32>(end, load<u32>(end) + 1);
      bandEnds += endBytes;
    }
  }
}

/** Sorts some rows into a band's lists; returns true when all are sorted. */
export function buildBands(): boolean {
  if (nextBand == BANDS) return true;
  const bandEnds = ends + <usize>nextBand * endBytes + 4;
  if (nextRow == 0) lengthsToBeginnings(bandEnds);
  const bandLists = lists + ((<usize>nextBand * rowCount) << 2);
  const stop = min(nextRow + ROWS_PER_SLICE, rowCount);
  for (let row = nextRow; row < stop; row++) {
    const value = bandOf(rows + (<usize>row << 5), nextBand);
    // Each posting advances the list's start, which finally is its end.
    const end = bandEnds + ((value >> lowBits) << 2);
    const at = load<u32>(end);
    store<u32>(end, at + 1);
    store<u32>(bandLists + (<usize>at << 2), (value << rowBits) | row);
  }
  nextRow = stop;
  if (stop == rowCount) {
    nextBand++;
    nextRow = 0;
  }
  return nextBand == BANDS;
}

function lengthsToBeginnings(bandEnds: usize): void {
  let sum: u32 = 0;
  for (let p = bandEnds; p < bandEnds + endBytes - 4; p += 4) {
    const length = load<u32>(p);
    store<u32>(p, sum);
    sum += length;
  }
}

/** The radius of a band: together Σ (r + 1) = maxDistance + 1. −1: the band is not needed. */
function radiusOf(band: i32): i32 {
  const share = limit + 1;
  return share / BANDS - 1 + i32(band < share % BANDS);
}

/** Starts a search: finds the lists to read. If they are too many or too long, the search reads all rows. */
export function startBands(queryNumber: i32, maxDistance: i32): void {
  query = QUERIES + (<usize>queryNumber << 5);
  limit = maxDistance;
  nextProbe = probes;
  lastProbe = probes;
  nextCandidate = candidates;
  scanRow = rowCount;
  let work = 0;
  for (let band: i32 = 0; band < BANDS; band++) {
    const radius = radiusOf(band);
    if (radius < 0) break;
    work = fits(radius) ? work + addProbes(band, radius) : rowCount;
    if (work > rowCount >> 1) {
      scanRow = 0;
      lastProbe = probes;
      return;
    }
  }
}

function fits(radius: i32): boolean {
  return radius <= MAX_MASK_BITS && <i32>((lastProbe - probes) >> 4) + load<i32>(masksWithUpTo(radius)) <= MAX_PROBES;
}

/** Adds a band's lists; returns their cost as a number of rows read by a scan. */
function addProbes(band: i32, radius: i32): i32 {
  const value = bandOf(query, band);
  const bandEnds = ends + <usize>band * endBytes;
  const bandLists = lists + ((<usize>band * rowCount) << 2);
  const first = lastProbe;
  let postings = 0;
  let mask = masks;
  for (let bits: i32 = 0; bits <= radius; bits++) {
    const end = masks + (load<usize>(masksWithUpTo(bits)) << 2);
    for (; mask < end; mask += 4) {
      const list = bandEnds + (((value >> lowBits) ^ load<u32>(mask)) << 2);
      const length = load<u32>(list, 4) - load<u32>(list);
      const begin = bandLists + (<usize>load<u32>(list) << 2);
      store<u32>(lastProbe, begin);
      store<u32>(lastProbe, begin + (length << 2), 4);
      store<u32>(lastProbe, value << rowBits, 8);
      store<u32>(lastProbe, (radius - bits) | (band << 8), 12);
      // The next list overwrites an empty one.
      lastProbe += <usize>(length != 0) << 4;
      postings += length;
    }
  }
  return postings + <i32>((lastProbe - first) >> 4) * 8;
}

/** Continues until the result buffer is full; returns true if the search is not complete. */
export function searchBands(): boolean {
  clearAnswers();
  while (nextProbe < lastProbe) {
    const begin = load<usize>(nextProbe);
    const end = min(load<usize>(nextProbe, 4), begin + (<usize>MAX_CANDIDATES << 2));
    if (nextCandidate + ((end - begin) << 1) > candidates + <usize>MAX_CANDIDATES * 8) {
      lookUp();
      if (!hasRoomFor(MAX_CANDIDATES)) return true;
    }
    const radius = load<u8>(nextProbe, 12);
    const band = load<u8>(nextProbe, 13);
    if (radius == 0) readExactly(begin, end, load<u32>(nextProbe, 8), band);
    else readNear(begin, end, load<u32>(nextProbe, 8), radius, band);
    // The probe stores how far it was read.
    if (end == load<usize>(nextProbe, 4)) nextProbe += 16;
    else store<u32>(nextProbe, end);
  }
  lookUp();
  for (; scanRow < rowCount; scanRow++) {
    if (!hasRoomFor(1)) return true;
    const distance = distanceTo(scanRow);
    if (distance <= limit && !isOff(scanRow)) answer(scanRow, distance);
  }
  return false;
}

function readExactly(begin: usize, end: usize, low: u32, band: i32): void {
  const wanted = i32x4.splat(low);
  const lowMask = i32x4.splat(-1 << rowBits);
  for (let p = begin; p < end; p += 16) {
    const other = v128.and(v128.xor(v128.load(p), wanted), lowMask);
    const hits = i32x4.bitmask(i32x4.eq(other, i32x4.splat(0)));
    if (hits != 0) addCandidates(p, end, hits, band);
  }
}

function readNear(begin: usize, end: usize, low: u32, radius: i32, band: i32): void {
  const wanted = i32x4.splat(low);
  const lowMask = i32x4.splat(-1 << rowBits);
  const most = i32x4.splat(radius);
  for (let p = begin; p < end; p += 16) {
    const other = i8x16.popcnt(v128.and(v128.xor(v128.load(p), wanted), lowMask));
    const distances = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(other));
    const hits = i32x4.bitmask(i32x4.le_s(distances, most));
    if (hits != 0) addCandidates(p, end, hits, band);
  }
}

function addCandidates(p: usize, end: usize, hits: i32, band: i32): void {
  if (end - p < 16) hits &= (1 << <i32>((end - p) >> 2)) - 1;
  for (; hits != 0; hits &= hits - 1) {
    const posting = load<u32>(p + (<usize>ctz(hits) << 2));
    store<u32>(nextCandidate, posting & ((<u32>1 << rowBits) - 1));
    store<u32>(nextCandidate, band, 4);
    nextCandidate += 8;
  }
}

/** Compares all bits of the candidates. A row found by several bands is reported for the first one only. */
function lookUp(): void {
  for (let p = candidates; p < nextCandidate; p += 8) {
    const row = load<u32>(p);
    const distance = distanceTo(row);
    if (distance <= limit && isFirst(row, load<u32>(p, 4)) && !isOff(row)) answer(row, distance);
  }
  nextCandidate = candidates;
}

function distanceTo(row: i32): i32 {
  const p = rows + (<usize>row << 5);
  return <i32>(
    (popcnt(load<u64>(p) ^ load<u64>(query)) +
      popcnt(load<u64>(p, 8) ^ load<u64>(query, 8)) +
      popcnt(load<u64>(p, 16) ^ load<u64>(query, 16)) +
      popcnt(load<u64>(p, 24) ^ load<u64>(query, 24)))
  );
}

function isFirst(row: i32, band: i32): boolean {
  for (let earlier = 0; earlier < band; earlier++) {
    const difference = bandOf(rows + (<usize>row << 5), earlier) ^ bandOf(query, earlier);
    if (<i32>popcnt(difference) <= radiusOf(earlier)) return false;
  }
  return true;
}
