/**
 * Batches of queries on the linear index: finds blocks that may contain a row near one of them. A vector has 16 lanes; a
 * lane has up to four queries. Each of a row's last 20 bytes has a table of 256 vectors: for a value of the byte, each
 * lane's distance to its nearest query. The sum over the 20 bytes is a lower bound of the row's distance to each query of
 * the lane. `planes.ts` compares the remaining blocks with one query at a time.
 */
import { queryAt } from './answers';
import { BACK, FRONT, backOf, laneTables } from './planes';

const VALUE_BYTES: usize = 16;
const TABLE_BYTES: usize = 256 * VALUE_BYTES;
export const LANE_BYTES: usize = BACK * TABLE_BYTES;

/** Assigns `count` queries (at most 64) to lanes: query first + i to lane i & 15. */
export function fillLanes(first: i32, count: i32): void {
  let table = laneTables();
  for (let byte: usize = FRONT; byte < FRONT + BACK; byte++) {
    for (let value: i32 = 0; value < 256; value++) {
      v128.store(table + (<usize>value << 4), i8x16.splat(8));
    }
    for (let lanes: i32 = 0; lanes < count; lanes += 16) {
      const wanted = bytesOf(first, lanes, count, byte);
      for (let value: i32 = 0; value < 256; value++) {
        const p = table + (<usize>value << 4);
        const distances = i8x16.popcnt(v128.xor(wanted, i8x16.splat(<i8>value)));
        v128.store(p, i8x16.min_u(v128.load(p), distances));
      }
    }
    table += TABLE_BYTES;
  }
}

/** One byte of each of 16 queries; missing queries repeat the first one. */
function bytesOf(first: i32, lanes: i32, count: i32, byte: usize): v128 {
  let bytes = i8x16.splat(0);
  for (let lane: i32 = 15; lane >= 0; lane--) {
    const query = lanes + lane < count ? lanes + lane : 0;
    // Shifts by one lane, because a lane index must be a constant.
    bytes = i8x16.swizzle(bytes, v128(-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14));
    bytes = i8x16.replace_lane(bytes, 0, load<i8>(queryAt(first + query) + byte));
  }
  return bytes;
}

/** A bit mask of the lanes with a query that may be within the distance of a row of this block. */
export function nearLanes(block: i32, maxDistance: i32): i32 {
  const table = laneTables();
  let nearest = i8x16.splat(-1);
  const back = backOf(block);
  for (let p = back; p < back + BACK * 128; p += BACK) {
    const a = load<u64>(p);
    const b = load<u64>(p, 8);
    const c = <u64>load<u32>(p, 16);
    let x = v128.load(table + at(a << 4));
    let y = v128.load(table + at(b << 4), 8 * 4096);
    x = i8x16.add(x, v128.load(table + at(a >> 4), 1 * 4096));
    y = i8x16.add(y, v128.load(table + at(b >> 4), 9 * 4096));
    x = i8x16.add(x, v128.load(table + at(a >> 12), 2 * 4096));
    y = i8x16.add(y, v128.load(table + at(b >> 12), 10 * 4096));
    x = i8x16.add(x, v128.load(table + at(a >> 20), 3 * 4096));
    y = i8x16.add(y, v128.load(table + at(b >> 20), 11 * 4096));
    x = i8x16.add(x, v128.load(table + at(a >> 28), 4 * 4096));
    y = i8x16.add(y, v128.load(table + at(b >> 28), 12 * 4096));
    x = i8x16.add(x, v128.load(table + at(a >> 36), 5 * 4096));
    y = i8x16.add(y, v128.load(table + at(b >> 36), 13 * 4096));
    x = i8x16.add(x, v128.load(table + at(a >> 44), 6 * 4096));
    y = i8x16.add(y, v128.load(table + at(b >> 44), 14 * 4096));
    x = i8x16.add(x, v128.load(table + at(a >> 52), 7 * 4096));
    y = i8x16.add(y, v128.load(table + at(b >> 52), 15 * 4096));
    x = i8x16.add(x, v128.load(table + at(c << 4), 16 * 4096));
    y = i8x16.add(y, v128.load(table + at(c >> 4), 17 * 4096));
    x = i8x16.add(x, v128.load(table + at(c >> 12), 18 * 4096));
    y = i8x16.add(y, v128.load(table + at(c >> 20), 19 * 4096));
    nearest = i8x16.min_u(nearest, i8x16.add(x, y));
  }
  return i8x16.bitmask(i8x16.le_u(nearest, i8x16.splat(<i8>maxDistance)));
}

/** The offset of a byte's vector in its table: 16 times the byte. */
function at(shifted: u64): usize {
  return <usize>shifted & 0xff0;
}
