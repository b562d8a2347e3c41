/** A hostile list, or many pictures, cost bounded work; what shows a picture, and keys and rows, are zeros after a search. */
import { LOCKED_LIMITS } from '@lodestone/protocol/limits';
import { type ListRecord, parseRelease, printRelease } from '@lodestone/protocol/list-file';
import {
  ID_BYTES,
  LOCKED_PDQ_BYTES,
  type LockedParameters,
  lockedRowBytes,
  type LockedRows,
  printLockedParameters,
} from '@lodestone/protocol/locked-rows';
import { LOCKED_PARAMETERS } from '@lodestone/testkit/locked-parameters';
import { afterAll, describe, expect, test, vi } from 'vitest';
import {
  createLocker,
  flipCosts,
  loadArgon2id,
  loadBlake3,
  LockedBudget,
  LockedIndex,
  type SlowHash,
} from '../src/index.ts';
import { bitsAt, subsetsOf } from '../src/subsets.ts';
import { edited, hashOf, marginsFrom } from './margins.ts';

const memories: WebAssembly.Memory[] = [];
const { instantiate } = WebAssembly;
vi.spyOn(WebAssembly, 'instantiate').mockImplementation(
  async (code: WebAssembly.Module, imports?: WebAssembly.Imports) => {
    const made = await instantiate(code, imports);
    const { exports } = 'instance' in made ? (made.instance as WebAssembly.Instance) : made;
    memories.push((exports['memory'] ?? imports?.['env']?.['memory']) as WebAssembly.Memory);
    return made;
  },
);
const blake3 = await loadBlake3();
const argon2id = await loadArgon2id();
vi.restoreAllMocks();
const tools = { blake3, slowHash: argon2id };
const PARAMETERS: LockedParameters = { ...LOCKED_PARAMETERS, slots: 2, tries: 2_048 };
const FIRST_TAG = ID_BYTES + LOCKED_PDQ_BYTES;
const ROW_BYTES = lockedRowBytes(2);

function queryOf(seed: number, share = 1): { hash: Uint8Array; costs: Float32Array; share: number } {
  const margins = marginsFrom(seed);
  return { hash: hashOf(margins), costs: flipCosts(margins), share };
}

/** Rows of zeros that nobody has locked, with these tags. */
function rowsOf(count: number, tagOf: (slot: number) => number, changes: Partial<LockedParameters> = {}): LockedRows {
  const payloads = new Uint8Array(count * ROW_BYTES);
  const view = new DataView(payloads.buffer);
  for (let row = 0; row < count; row++) {
    view.setUint32(row * ROW_BYTES + FIRST_TAG, tagOf(2 * row), true);
    view.setUint32(row * ROW_BYTES + FIRST_TAG + 4, tagOf(2 * row + 1), true);
  }
  const header = printLockedParameters({ ...PARAMETERS, ...changes });
  return { count, slots: 2, header, payloads, entries: new Uint32Array(count).fill(1) };
}

async function lockedRows(hash: Uint8Array): Promise<LockedRows> {
  const locker = createLocker(tools, PARAMETERS, new Uint8Array(32).fill(9));
  const payload = await locker.lock(hash, locker.orderOf(hash).slice(0, 2));
  const record: ListRecord = { type: 'locked', entry: 1, payload };
  return parseRelease(printRelease([record], PARAMETERS)).locked as LockedRows;
}

describe('a hostile list', () => {
  let runs = 0;
  const counted: SlowHash = async () => {
    runs++;
    return new Uint8Array(16);
  };

  test.each([
    ['all tags alike', (): number => 0x01020304],
    ['all tags of one head', (slot: number): number => slot & 0xffff],
    ['all tags of one place in the filter', (slot: number): number => (slot << 20) >>> 0],
  ])('%s: each look-up compares a bounded number of them', async (_, tagOf) => {
    const index = new LockedIndex({ blake3, slowHash: counted }, rowsOf(100_000, tagOf));
    runs = 0;
    const { matches, tries, slowSteps } = await index.queryBatch([queryOf(1)], 31, new LockedBudget());
    expect(matches).toEqual([[]]);
    expect(tries).toBe(PARAMETERS.tries);
    expect(slowSteps).toBe(runs);
    expect(runs).toBeLessThanOrEqual(8 + Math.ceil((4 * tries * 200_000) / 2 ** 32));
  });

  test('tags for every try: the slow steps of an item stay within its memory bound', async () => {
    const { memoryKiB, tries } = { memoryKiB: LOCKED_LIMITS.memoryKiB, tries: LOCKED_LIMITS.tries };
    const state = { next: 1 };
    const random = (): number => (state.next = (Math.imul(state.next, 1_664_525) + 1_013_904_223) >>> 0);
    const rows = rowsOf(1_000_000, random, { memoryKiB, tries });
    const index = new LockedIndex({ blake3, slowHash: counted }, rows);
    const budget = new LockedBudget();
    runs = 0;
    let [made, ended] = [0, false];
    for (let i = 0; i < 60; i++) {
      const { tries: some, isComplete } = await index.queryBatch([queryOf(i)], 31, budget);
      made += some;
      ended ||= !isComplete;
    }
    expect(runs * memoryKiB).toBeLessThanOrEqual(LOCKED_LIMITS.itemSlowKiB);
    expect(made).toBeLessThanOrEqual(LOCKED_LIMITS.itemTries);
    expect(ended).toBe(true);
  });

  test('a row with a tag that is not its own is void', async () => {
    const margins = marginsFrom(5);
    const rows = await lockedRows(hashOf(margins));
    const index = (): LockedIndex => new LockedIndex(tools, rows);
    const query = queryOf(5);
    expect(await index().queryBatch([query], 31, new LockedBudget())).toMatchObject({ matches: [[{ distance: 0 }]] });
    rows.payloads[FIRST_TAG + 4] = (rows.payloads[FIRST_TAG + 4] as number) ^ 1;
    expect(await index().queryBatch([query], 31, new LockedBudget())).toMatchObject({ matches: [[]], voidRows: 1 });
  });

  test('a header with another length or a bound exceeded is an error of the format', () => {
    const rows = rowsOf(1, () => 1);
    const of = (header: Uint8Array<ArrayBuffer>) => () => new LockedIndex(tools, { ...rows, header });
    expect(of(rows.header.slice(1))).toThrow(expect.objectContaining({ code: 'ERR_LIST_FORMAT' }));
    for (const at of [0, 1, 2, 7, 11, 12]) {
      const header = rows.header.slice();
      header[at] = 0xff;
      expect(of(header), `byte ${at}`).toThrow(expect.objectContaining({ code: 'ERR_LIST_FORMAT' }));
    }
  });
});

test('tries, secrets, keys and rows are zeros after a search, and the memory of the hash has none of them', async () => {
  const margins = marginsFrom(5);
  const hash = hashOf(margins);
  const seen: Uint8Array[] = [];
  const slowHash: SlowHash = async (secret, options) => {
    const key = await argon2id(secret, options);
    seen.push(secret, key);
    return key;
  };
  const index = new LockedIndex({ blake3, slowHash }, await lockedRows(hash));
  const kept = vi.spyOn(Uint8Array.prototype, 'slice');
  const copies = edited(margins, 2);
  const query = { hash: hashOf(copies), costs: flipCosts(copies), share: 1 };
  const { matches } = await index.queryBatch([query], 31, new LockedBudget());
  expect(matches).toMatchObject([[{ distance: 2 }]]);
  expect(kept).toHaveBeenCalled();
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
  expect(memories).toHaveLength(2);
  for (const memory of memories) {
    const bytes = Buffer.from(memory.buffer);
    for (let at = 0; at + 8 <= hash.length; at += 8) expect(bytes.includes(hash.subarray(at, at + 8))).toBe(false);
    // The salt begins every input of a tag or a key, and what was derived from it is overwritten with it.
    expect(bytes.includes(PARAMETERS.salt.subarray(0, 16))).toBe(false);
  }
});

test('no copy of the bits of the row or of the picture is left, nor one of a key', async () => {
  const margins = marginsFrom(5);
  const hash = hashOf(margins);
  const keys: Uint8Array[] = [];
  const slowHash: SlowHash = async (secret, options) => {
    const key = await argon2id(secret, options);
    keys.push(key.slice());
    return key;
  };
  const index = new LockedIndex({ blake3, slowHash }, await lockedRows(hash));
  const copies = edited(margins, 2);
  const query = { hash: hashOf(copies), costs: flipCosts(copies), share: 1 };
  const made: Uint8Array[] = [];
  const recorded: Uint8ArrayConstructor = new Proxy(Uint8Array, {
    construct(target, of: unknown[]) {
      const array = Reflect.construct(target, of) as Uint8Array;
      made.push(array);
      return array;
    },
  });
  vi.stubGlobal('Uint8Array', recorded);
  const { matches } = await index.queryBatch([query], 31).finally(() => vi.unstubAllGlobals());
  expect(matches).toMatchObject([[{ distance: 2 }]]);
  expect(keys.length).toBeGreaterThan(0);
  const subsets = subsetsOf(blake3, PARAMETERS);
  const bits = subsets.flatMap((subset) => [bitsAt(subset, hash), bitsAt(subset, query.hash)]);
  const secrets = [hash.subarray(0, 8), hash.subarray(24), ...keys, ...bits];
  // Longer ones, and detached ones, are views of a hash's memory, which the test above reads.
  const left = made
    .filter(({ length }) => length > 0 && length <= 256)
    .map(({ buffer, byteOffset, length }) => Buffer.from(buffer, byteOffset, length))
    .filter((bytes) => secrets.some((secret) => bytes.includes(secret)));
  expect(left).toEqual([]);
});

test('a slow step that fails ends the search with its error, leaves zeros too, and the next search finds the row', async () => {
  const margins = marginsFrom(5);
  const secrets: Uint8Array[] = [];
  let isFull = true;
  const slowHash: SlowHash = async (secret, options) => {
    secrets.push(secret);
    if (isFull) throw new RangeError('no memory');
    return argon2id(secret, options);
  };
  const index = new LockedIndex({ blake3, slowHash }, await lockedRows(hashOf(margins)));
  const kept = vi.spyOn(Uint8Array.prototype, 'slice');
  await expect(index.queryBatch([queryOf(5)], 31)).rejects.toThrow('no memory');
  const bits = kept.mock.results.map(({ value }) => value as Uint8Array).filter(({ length }) => length === 12);
  kept.mockRestore();
  expect(bits.length).toBeGreaterThan(0);
  expect([...bits, ...secrets].every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
  isFull = false;
  expect(await index.queryBatch([queryOf(5)], 31)).toMatchObject({ matches: [[{ distance: 0 }]] });
});

afterAll(() => vi.restoreAllMocks());
