/**
 * Benchmark suite: pictures looked up in locked lists, in turns with the plain index of as many rows. Most rows have random tags, because
 * locking a million takes hours; some are real, and every fourth picture is near one. Uses no Node API: the suite also runs in browsers.
 */
import { loadPdq } from '@lodestone/pdq';
import {
  ID_BYTES,
  LOCKED_PDQ_BYTES,
  type LockedParameters,
  lockedRowBytes,
  type LockedRows,
  printLockedParameters,
  TAG_BYTES,
  WRAPPED_KEY_BYTES,
} from '@lodestone/protocol/locked-rows';
import { type Budget, race, type Row } from '@lodestone/testkit/bench/race';
import {
  createLocker,
  flipCosts,
  loadArgon2id,
  loadBlake3,
  LockedBudget,
  LockedIndex,
  type Locker,
} from '../src/index.ts';
import { edited, hashOf, marginsFrom } from '../test/margins.ts';

export interface SuiteOptions extends Budget {
  readonly rowCounts?: readonly number[];
}

/** Memory of a slow step: so that those of a picture in eight orientations take some 15 ms. */
const LISTS = {
  100_000: { slots: 4, tries: 8_192, memoryKiB: 1_802 },
  1_000_000: { slots: 2, tries: 4_096, memoryKiB: 987 },
} as const;
const REAL_ROWS = 16;
const PICTURES = 64;
/** The share of each hash's tries, as in the sandbox (packages/sandbox/src/parts/locked-lists/shares.ts). */
const PICTURE_HASHES = {
  'one hash': [0.4],
  'eight orientations': Array.from({ length: 8 }, () => 0.4),
  'all variants': [
    ...Array.from({ length: 8 }, () => 0.4),
    0.2,
    ...Array.from({ length: 4 }, () => 0.1),
    ...Array.from({ length: 8 }, () => 0.05),
    ...Array.from({ length: 30 }, () => 0.05),
  ],
} as const;

const tools = { blake3: await loadBlake3(), slowHash: await loadArgon2id() };

export async function* suite({
  rowCounts = Object.keys(LISTS).map(Number),
  ...budget
}: SuiteOptions = {}): AsyncGenerator<Row> {
  for (const count of rowCounts) yield* searching(count, budget);
}

async function* searching(count: number, budget: Budget): AsyncGenerator<Row> {
  const { slots, tries, memoryKiB } = LISTS[count as keyof typeof LISTS] ?? LISTS[1_000_000];
  const parameters: LockedParameters = {
    bits: 96,
    subsets: 16,
    slots,
    tries,
    memoryKiB,
    salt: new Uint8Array(32).fill(7),
    tablesDigest: new Uint8Array(32),
  };
  const rows = await rowsOf(count, parameters);
  const locked = new LockedIndex(tools, rows);
  const pdq = await loadPdq();
  const plain = pdq.createIndex(plainRows(count), { kind: 'linear' });
  for (const [name, shares] of Object.entries(PICTURE_HASHES)) {
    const pictures = Array.from({ length: PICTURES }, (_, i) => pictureOf(i, shares));
    let [slowSteps, searched] = [0, 0];
    const { ours, ...theirs } = await race(
      {
        async ours(i) {
          const picture = pictures[i % PICTURES] as (typeof pictures)[number];
          const queries = picture.map((one) => ({ ...one, costs: flipCosts(one.margins) }));
          const answer = await locked.queryBatch(queries, 31, new LockedBudget());
          slowSteps += answer.slowSteps;
          searched += 1;
        },
        plain: (i) =>
          plain.queryBatch(
            (pictures[i % PICTURES] as (typeof pictures)[number]).map(({ hash }) => hash),
            31,
          ),
      },
      budget,
    );
    const steps = (slowSteps / searched).toFixed(1);
    const memoryBytes = locked.memoryBytes + rows.payloads.length + rows.entries.byteLength;
    yield {
      name: `locked ${count / 1_000}k rows, ${name} (${steps} slow steps)`,
      ...ours,
      against: Object.fromEntries(Object.entries(theirs).map(([peer, { medianMs }]) => [peer, medianMs])),
      memoryBytes,
    };
  }
}

function pictureOf(i: number, shares: readonly number[]): { hash: Uint8Array; margins: Float32Array; share: number }[] {
  return shares.map((share, k) => {
    const isNear = i % 4 === 0 && k === 0;
    const margins = isNear ? edited(marginsFrom((i / 4) % REAL_ROWS), 3) : marginsFrom(1_000 + i * 64 + k);
    return { hash: hashOf(margins), margins, share };
  });
}

async function rowsOf(count: number, parameters: LockedParameters): Promise<LockedRows> {
  const rowBytes = lockedRowBytes(parameters.slots);
  const payloads = new Uint8Array(count * rowBytes);
  const view = new DataView(payloads.buffer);
  for (let row = 0; row < count; row++)
    for (let place = 0; place < parameters.slots; place++) {
      const tag = ID_BYTES + LOCKED_PDQ_BYTES + (place && TAG_BYTES + (place - 1) * (TAG_BYTES + WRAPPED_KEY_BYTES));
      view.setUint32(row * rowBytes + tag, mixed(row * parameters.slots + place), true);
    }
  const locker = createLocker(tools, parameters, new Uint8Array(32).fill(9));
  for (let i = 0; i < REAL_ROWS; i++)
    payloads.set(await lockedRow(locker, hashOf(marginsFrom(i)), parameters.slots), i * rowBytes);
  return {
    count,
    slots: parameters.slots,
    header: printLockedParameters(parameters),
    payloads,
    entries: new Uint32Array(count).fill(1),
  };
}

function lockedRow(locker: Locker, hash: Uint8Array, slots: number): Promise<Uint8Array> {
  return locker.lock(hash, locker.orderOf(hash).slice(0, slots));
}

/** Different for each number (MurmurHash3's last steps, which can be undone). */
function mixed(number: number): number {
  let n = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
  n = Math.imul(n ^ (n >>> 13), 0xc2b2ae35);
  return (n ^ (n >>> 16)) >>> 0;
}

function plainRows(count: number): Uint8Array<ArrayBuffer> {
  const words = Uint32Array.from({ length: count * 8 }, (_, i) => mixed(i));
  return new Uint8Array(words.buffer);
}
