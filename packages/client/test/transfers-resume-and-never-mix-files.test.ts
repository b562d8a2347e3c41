/** Transfers: fixed ranges, every kind of server, pages that end, and files that are not the signed ones. */
import {
  entryOfSha256,
  LIMITS,
  type ListRecord,
  LodestoneError,
  parseRelease,
  printRelease,
  type TargetFile,
  type TargetPath,
} from '@lodestone/protocol';
import { lockedRowBytes } from '@lodestone/protocol/locked-rows';
import { createTargetCheck, sha256Hex } from '@lodestone/trust';
import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createEgress } from '../src/network/egress.ts';
import { openLedger } from '../src/network/ledger.ts';
import { memoryStorage } from '../src/network/storage/memory.ts';
import type { Storage } from '../src/network/storage/transaction.ts';
import { countDistinct } from '../src/network/transfer/count-distinct.ts';
import { readEntries, readEntryOfSha256 } from '../src/network/transfer/list-entries.ts';
import { rangeOf } from '../src/network/transfer/parts.ts';
import { receiveFile } from '../src/network/transfer/receive-file.ts';
import { completeBytes, readFile, storedParts } from '../src/network/transfer/stored-file.ts';
import { begin, next, type TransferEvent } from '../src/network/transfer/transfer-state.ts';

const URL_OF_LIST = new URL('https://lists.example/targets/v1/lists/demo/1.lode');
const FILE_BYTES = 2 * LIMITS.partBytes + 5_000;

function bytesOf(seed: number, length = FILE_BYTES): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0, x = seed; i < length; i++) bytes[i] = x = (x * 31 + 7 + (i >> 8)) & 0xff;
  return bytes;
}
const CONTENT = bytesOf(1);
const FILE = targetOf(CONTENT);

function targetOf(bytes: Uint8Array): TargetFile {
  return { path: 'v1/lists/demo/1.lode' as TargetPath, length: bytes.length, sha256: sha256Hex(bytes) };
}

type Kind = 'ranges' | 'no-ranges' | 'refuses-range-header';
interface Server {
  kind: Kind;
  content: Uint8Array<ArrayBuffer>;
  /** Requests that are answered before the network fails. */
  answersLeft: number;
  requests: string[];
}

let server: Server;
let storage: Storage;
beforeEach(() => {
  server = { kind: 'ranges', content: CONTENT, answersLeft: Infinity, requests: [] };
  storage = memoryStorage();
  vi.stubGlobal('fetch', async (_: URL, init: RequestInit): Promise<Response> => {
    const range = new Headers(init.headers).get('Range');
    server.requests.push(range ?? 'whole');
    if (server.answersLeft-- <= 0) throw new TypeError('Failed to fetch');
    if (range && server.kind === 'refuses-range-header') throw new TypeError('Failed to fetch');
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
    return first !== undefined && server.kind === 'ranges'
      ? new Response(server.content.slice(Number(first), Number(last) + 1), { status: 206 })
      : new Response(server.content);
  });
});

async function receive(file = FILE): Promise<void> {
  const stop = new AbortController();
  const ledger = await openLedger(storage, () => 0);
  await receiveFile(
    { file, url: URL_OF_LIST, purpose: 'list', createCheck: () => createTargetCheck(file) },
    { storage, egress: createEgress(ledger, stop.signal), stop: stop.signal },
  );
}
/** Not with `toEqual`, which takes a second for 8 MiB. */
async function isContentStored(): Promise<boolean> {
  const stored = await readFile(storage, FILE.sha256);
  return stored !== undefined && Buffer.compare(new Uint8Array(stored), CONTENT) === 0;
}
const codeOf = (work: Promise<void>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof LodestoneError ? error.code : String(error)),
  );
const range = (index: number): string => {
  const { first, last } = rangeOf(index, FILE_BYTES);
  return `bytes=${first}-${last}`;
};

test.each<[string, Kind, Uint8Array<ArrayBuffer>]>([
  ['a file of several parts', 'no-ranges', CONTENT],
  ['a file of one part', 'ranges', bytesOf(2, 1_000)],
])('a page that the server sends instead of %s is named as one', async (_, kind, content) => {
  server = { ...server, kind, content: new TextEncoder().encode('<!doctype html><title>App</title>') };
  await expect(receive(targetOf(content))).rejects.toMatchObject({
    code: 'ERR_HTTP',
    message: `${URL_OF_LIST.href} answered with an HTML page and status 200: the server sends its start page for files that it does not have, and must answer 404`,
  });
});

describe('a file is received', () => {
  test('in aligned ranges of 1 MiB, which are the same for every device', async () => {
    await receive();
    expect(server.requests).toEqual([range(0), range(1), range(2)]);
    expect(server.requests[1]).toBe('bytes=1048576-2097151');
    expect(await isContentStored()).toBe(true);
  });
  test.for<[Kind, string[]]>([
    ['no-ranges', [range(0)]],
    ['refuses-range-header', [range(0), 'whole']],
  ])('as a whole from a server of kind %s', async ([kind, requests]) => {
    server.kind = kind;
    await receive();
    expect(server.requests).toEqual(requests);
    expect(await isContentStored()).toBe(true);
  });
  test('without the header Range if it has one part', async () => {
    server.content = bytesOf(2, 1_000);
    await receive(targetOf(server.content));
    expect(server.requests).toEqual(['whole']);
  });
  test('once: a complete file causes no request', async () => {
    await receive();
    await receive();
    expect(server.requests).toHaveLength(3);
  });
  test('with one ledger entry for each range, of the bytes that arrived', async () => {
    await receive();
    const entries = await (await openLedger(storage, () => 0)).entries();
    expect(entries.map((entry) => entry.type === 'request' && entry.response)).toEqual([
      { bytes: LIMITS.partBytes, status: 206 },
      { bytes: LIMITS.partBytes, status: 206 },
      { bytes: 5_000, status: 206 },
    ]);
  });
});

test('parts survive the end of the page, and only what is missing is requested again', async () => {
  for (const answers of [1, 0, 1]) {
    server.answersLeft = answers;
    expect(await codeOf(receive())).toBe('ERR_NETWORK');
    expect(await readFile(storage, FILE.sha256)).toBeUndefined();
  }
  server.answersLeft = Infinity;
  server.requests = [];
  await receive();
  expect(server.requests).toEqual([range(2)]);
  expect(await completeBytes(storage, FILE.sha256)).toBe(FILE_BYTES);
});

describe('a file that is not the signed one', () => {
  test.for<Kind>(['ranges', 'no-ranges'])(
    'is refused from a server of kind %s, leaves nothing, and is received again',
    async (kind) => {
      server.kind = kind;
      server.content = CONTENT.slice();
      server.content[LIMITS.partBytes + 3]! ^= 1;
      expect(await codeOf(receive())).toBe('ERR_TRUST_DIGEST');
      expect(await storedParts(storage, FILE.sha256)).toEqual(new Set());
      expect(await readFile(storage, FILE.sha256)).toBeUndefined();
      server.content = CONTENT;
      await receive();
      expect(await completeBytes(storage, FILE.sha256)).toBe(FILE_BYTES);
    },
  );
  test('has parts of its own: parts of another digest are never read', async () => {
    const other = bytesOf(9);
    server.content = other;
    server.answersLeft = 2;
    expect(await codeOf(receive(targetOf(other)))).toBe('ERR_NETWORK');
    server = { ...server, content: CONTENT, answersLeft: Infinity };
    await receive();
    expect(await isContentStored()).toBe(true);
  });
  test.for([
    ['shorter', CONTENT.subarray(0, -1)],
    ['empty', CONTENT.subarray(0, 0)],
  ] as const)('and is %s is refused', async ([, content]) => {
    for (const kind of ['ranges', 'no-ranges'] as const) {
      server = { ...server, kind, content: content.slice() };
      expect(await codeOf(receive())).toBe('ERR_HTTP');
    }
  });
  test('and is longer is cut off', async () => {
    server = { ...server, kind: 'no-ranges', content: bytesOf(1, FILE_BYTES + 1) };
    expect(await codeOf(receive())).toBe('ERR_SIZE');
  });
  test('because the server answers 404 is not stored', async () => {
    vi.stubGlobal('fetch', async () => new Response(CONTENT, { status: 404 }));
    expect(await codeOf(receive())).toBe('ERR_HTTP');
    expect(await storedParts(storage, FILE.sha256)).toEqual(new Set());
  });
});

test('two tabs that receive the same file end with that file', async () => {
  await Promise.all([receive(), receive()]);
  expect(await isContentStored()).toBe(true);
});

test('the entry numbers of a list are read from its parts, by the type of their rows', async () => {
  const rows = (type: 'pdq' | 'sha256', from: number, count: number): ListRecord[] =>
    Array.from({ length: count }, (_, i) => ({ type, entry: from + i, payload: bytesOf(i, 32) }));
  const unique = (records: ListRecord[]): ListRecord[] => [
    ...new Map(records.map((one) => [`${one.type} ${one.payload.join()}`, one])).values(),
  ];
  const listed = unique([...rows('pdq', 1, 200), ...rows('sha256', 500, 200)]);
  listed.push({ type: 'vpdq', entry: 9_999, payload: bytesOf(5, 64) });
  server.content = printRelease(listed);
  const file = targetOf(server.content);
  await receive(file);
  const { pdq, sha256, vpdq } = parseRelease(server.content);
  expect(await readEntries(storage, file.sha256)).toEqual({
    exact: sha256.entries,
    near: Uint32Array.from([...pdq.entries, ...vpdq.entries]),
    count: new Set(listed.map(({ entry }) => entry)).size,
  });
  for (const { payload } of listed)
    expect(await readEntryOfSha256(storage, file.sha256, payload.subarray(0, 32))).toBe(
      entryOfSha256(server.content, payload.subarray(0, 32)),
    );
  expect(await readEntries(storage, FILE.sha256)).toBeUndefined();
  expect(await readEntryOfSha256(storage, FILE.sha256, new Uint8Array(32))).toBeUndefined();
});

test('the entry numbers of a locked list are read from behind its longer rows', async () => {
  const parameters = {
    bits: 96,
    subsets: 16,
    slots: 3,
    tries: 1,
    memoryKiB: 8,
    salt: new Uint8Array(32),
    tablesDigest: new Uint8Array(32),
  };
  const digest = bytesOf(9, 32);
  server.content = printRelease(
    [
      ...[1, 2, 3].map((entry): ListRecord => ({ type: 'locked', entry, payload: bytesOf(entry, lockedRowBytes(3)) })),
      { type: 'sha256', entry: 7, payload: digest },
    ],
    parameters,
  );
  const file = targetOf(server.content);
  await receive(file);
  const { locked } = parseRelease(server.content);
  expect(await readEntries(storage, file.sha256)).toEqual({
    exact: Uint32Array.of(7),
    near: locked?.entries,
    count: 4,
  });
  expect(await readEntryOfSha256(storage, file.sha256, digest)).toBe(7);
});

test('different numbers are counted with less than one percent of error, and repeats count once', async () => {
  for (const different of [1, 7, 1_000, 300_000]) {
    const numbers = Uint32Array.from({ length: different * 3 }, (_, i) => (i % different) + 1);
    const count = await countDistinct([numbers, numbers.subarray(0, different)]);
    expect(Math.abs(count - different)).toBeLessThanOrEqual(different / 100);
  }
  expect(await countDistinct([new Uint32Array(0)])).toBe(0);
});

describe('the state machine', () => {
  const error = new LodestoneError('ERR_NETWORK', 'x');
  const anyEvent = (parts: number): fc.Arbitrary<TransferEvent> =>
    fc.oneof(
      fc.record({ type: fc.constant('part-stored' as const), index: fc.nat({ max: parts - 1 }) }),
      fc.record({
        type: fc.constant('whole-stored' as const),
        indices: fc.subarray(Array.from({ length: parts }, (_, i) => i)),
      }),
      fc.record({ type: fc.constant('request-failed' as const), error: fc.constant(error), isRefusable: fc.boolean() }),
      fc.constant({ type: 'checked' as const }),
      fc.constant({ type: 'refused' as const, error }),
    );

  test('checks only a file whose parts are all stored, requests no stored part, and stops once', () => {
    const run = fc
      .integer({ min: 1, max: 5 })
      .chain((parts) =>
        fc.tuple(fc.constant(parts), fc.uniqueArray(fc.nat({ max: parts - 1 })), fc.array(anyEvent(parts))),
      );
    fc.assert(
      fc.property(run, ([parts, stored, events]) => {
        let step = begin(parts, new Set(stored));
        for (const event of events) {
          const { effect, state } = step;
          if (effect?.type === 'check') expect(state.stored.size).toBe(parts);
          if (effect?.type === 'fetch-part') expect(state.stored.has(effect.index)).toBe(false);
          if (effect?.type === 'delete-parts') expect(state.stored.size).toBe(0);
          // `checked` answers a check only.
          if (event.type === 'checked' && state.phase !== 'checking') continue;
          step = next(state, event);
          if (step.state.phase === 'complete')
            expect(state.phase === 'checking' || state.phase === 'complete').toBe(true);
          if (state.phase === 'complete' || state.phase === 'failed') expect(step).toEqual({ state });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
