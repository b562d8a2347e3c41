/**
 * Benchmark suite: hashing compared with the plain-TypeScript oracle and other packages, both kinds of index compared with
 * a plain scan. Runs alternate, so that ratios hold on any machine. Uses no Node API: the suite also runs in browsers.
 */
import { type Budget, race, type Row, timeOnce, type Timing } from '@lodestone/testkit/bench/race';
import { bmvbhash } from 'blockhash-core';
import { hashVariants, type Index, type IndexKind, type Pdq, loadPdq } from '../src/index.ts';
import { compileKernel, newKernel } from '../src/kernel.ts';
import { stripColumnsFor } from '../src/hash.ts';
import { randomBits } from '../test/arbitrary.ts';
import { oracleHash } from '../test/oracle.ts';
import { flip } from '../test/rows.ts';
import { plainScan } from './plain-scan.ts';

/** RGBA. */
export interface BenchPicture {
  readonly data: Uint8Array<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

/** The perceptual hash of another package, for the same pixels. */
export type Peer = (picture: BenchPicture) => unknown;

export interface SuiteOptions extends Budget {
  readonly rowCounts?: readonly number[];
  /** Additional peers by package name, for example those that run only in Node. */
  readonly peers?: Readonly<Record<string, Peer>>;
}

const defaultRowCounts = [100_000, 1_000_000, 10_000_000];

const sizes = [
  [512, 512],
  [1_024, 1_024],
  [4_000, 3_000],
] as const;

/** Hashes of 256 bits, like PDQ. */
const peersEverywhere: Readonly<Record<string, Peer>> = { 'blockhash-core': (picture) => bmvbhash(picture, 16) };

export async function* suite(options: SuiteOptions = {}): AsyncGenerator<Row> {
  const { rowCounts = defaultRowCounts, peers, ...budget } = options;
  const pdq = await loadPdq();
  for (const [width, height] of sizes) {
    yield* hashing(pdq, drawn(width, height), { ...peersEverywhere, ...peers }, budget);
  }
  for (const count of rowCounts) yield* searching(pdq, count, budget);
}

function drawn(width: number, height: number): BenchPicture {
  const random = randomBits(width);
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < data.length; i++) data[i] = (i >> 9) + (random() & 63);
  return { data, width, height };
}

async function* hashing(
  pdq: Pdq,
  picture: BenchPicture,
  peers: Readonly<Record<string, Peer>>,
  budget: Budget,
): AsyncGenerator<Row> {
  const { width, height } = picture;
  const others = Object.fromEntries(Object.entries(peers).map(([name, hash]) => [name, () => hash(picture)]));
  const { ours, ...theirs } = await race(
    {
      ours: () => pdq.hash(picture),
      'plain version': () => oracleHash(picture),
      ...others,
    },
    budget,
  );
  const kernel = newKernel(await compileKernel());
  kernel.open(width, height, 4, stripColumnsFor(height));
  const memoryBytes = kernel.memory.buffer.byteLength;
  yield { name: `hash ${width}×${height}`, ...ours, against: mediansOf(theirs), memoryBytes };

  const { eight, one } = await race(
    {
      eight: () => pdq.hashOrientations(picture),
      one: () => pdq.hash(picture),
    },
    budget,
  );
  yield { name: `eight orientations ${width}×${height}`, ...eight, against: mediansOf({ 'one hash': one }) };
}

async function* searching(pdq: Pdq, count: number, budget: Budget): AsyncGenerator<Row> {
  const random = randomBits(count);
  const words = new Uint32Array(count * 8);
  for (let i = 0; i < words.length; i++) words[i] = random();
  const rows = new Uint8Array(words.buffer);
  const queries = queriesFor(rows, random);
  const plain = (i: number) => plainScan(words, new Uint32Array((queries[i % 64] as Uint8Array).slice().buffer), 31);
  for (const kind of ['linear', 'indexed'] satisfies IndexKind[]) {
    const of = `${kind}, ${count.toLocaleString('en')} rows`;
    const { result: index, ms } = timeOnce(() => build(pdq, rows, kind));
    yield { name: `build: ${of}`, medianMs: ms, p95Ms: ms, leastMs: ms, memoryBytes: index.memoryBytes };
    const near = (i: number) => index.query(queries[i % 64] as Uint8Array, 31);
    const { ours, ...theirs } = await race({ ours: near, 'plain scan': plain }, budget);
    yield { name: `query, d ≤ 31: ${of}`, ...ours, against: mediansOf(theirs) };
    const { far } = await race({ far: (i) => index.query(queries[i % 64] as Uint8Array, 63) }, budget);
    yield { name: `query, d ≤ 63: ${of}`, ...far };
    for (const size of [8, 64]) yield await batch(index, queries.slice(0, size), of, budget);
    yield await lookUp(pdq, index, of, budget);
  }
}

/** Every fourth query is near a row; the others are at random distances. */
function queriesFor(rows: Uint8Array, random: () => number): Uint8Array[] {
  return Array.from({ length: 64 }, (_, i) => {
    const query = Uint8Array.from({ length: 32 }, () => random() >>> 24);
    if (i % 4 === 0) query.set(rows.subarray(i * 32, i * 32 + 32));
    if (i % 4 === 0) flip(query, i, random);
    return query;
  });
}

function build(pdq: Pdq, rows: Uint8Array, kind: IndexKind): Index {
  const index = pdq.createIndex(rows, { kind });
  while (!index.buildSlice());
  return index;
}

/** What a device does with a picture of 512 pixels, of which an order wants all variants; beside its orientations alone. */
async function lookUp(pdq: Pdq, index: Index, of: string, budget: Budget): Promise<Row> {
  const picture = drawn(512, 512);
  const turned = (): Uint8Array[] => Object.values(pdq.hashOrientations(picture).hashes);
  const { all, orientations } = await race(
    {
      all: () => index.queryBatch([...turned(), ...hashVariants(pdq, picture).map(({ hash }) => hash)], 31),
      orientations: () => index.queryBatch(turned(), 31),
    },
    budget,
  );
  return { name: `all variants of 512×512: ${of}`, ...all, against: mediansOf({ orientations }) };
}

/** Time per query: in a batch, and one by one. */
async function batch(index: Index, queries: readonly Uint8Array[], of: string, budget: Budget): Promise<Row> {
  const { together, single } = await race(
    {
      together: () => index.queryBatch(queries, 31),
      single: () => queries.map((query) => index.query(query, 31)),
    },
    budget,
  );
  const share = (timing: Timing): Timing => ({
    medianMs: timing.medianMs / queries.length,
    p95Ms: timing.p95Ms / queries.length,
    leastMs: timing.leastMs / queries.length,
  });
  const against = mediansOf({ 'single query': share(single) });
  return { name: `one of a batch of ${queries.length}: ${of}`, ...share(together), against };
}

function mediansOf(timings: Readonly<Record<string, Timing>>): Record<string, number> {
  return Object.fromEntries(Object.entries(timings).map(([name, { medianMs }]) => [name, medianMs]));
}
