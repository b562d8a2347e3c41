import { DAY_MS, type Digest, LIMITS, parseLedger, toInstant } from '@lodestone/protocol';
import { sha256Hex, verifyLedger } from '@lodestone/trust';
import { expect, test, vi } from 'vitest';
import { createEgress } from '../src/network/egress.ts';
import { type LedgerWriter, openLedger } from '../src/network/ledger.ts';
import { memoryStorage } from '../src/network/storage/memory.ts';

const NOW = Date.UTC(2026, 10, 24);
const of = 'e'.repeat(64) as Digest;
const request = {
  purpose: 'list',
  method: 'GET',
  origin: 'https://a.example',
  path: '/x',
  request: { bytes: 0, sha256: sha256Hex(new Uint8Array()) },
} as const;

test('entries form one chain when several pages write at the same time', async () => {
  const storage = memoryStorage();
  const ledgers = [await openLedger(storage, () => NOW), await openLedger(storage, () => NOW)];
  await Promise.all(
    ledgers.flatMap((ledger) => Array.from({ length: 20 }, () => ledger.note({ note: 'sandbox-started', of }))),
  );
  const entries = (await ledgers[0]?.entries()) ?? [];
  expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, i) => i));
  verifyLedger(entries);
});

test('a request that was open when the app ended becomes an entry without an answer', async () => {
  const storage = memoryStorage();
  let now = NOW;
  await (await openLedger(storage, () => now)).request(request);
  expect(await (await openLedger(storage, () => now)).entries()).toEqual([]); // it may be another tab's
  now += 3_600_000;
  const entries = await (await openLedger(storage, () => now)).entries();
  expect(entries).toMatchObject([{ type: 'request', response: { bytes: 0, status: 0 } }]);
});

test('a request under way is in the export, once, without an answer', async () => {
  const storage = memoryStorage();
  const [ledger, other] = [await openLedger(storage, () => NOW), await openLedger(storage, () => NOW)];
  const complete = await other.request({ ...request, path: '/under-way' });
  const exported = parseLedger(await (await ledger.export()).text());
  expect(exported).toMatchObject([{ path: '/under-way', response: { bytes: 0, status: 0 } }]);
  await complete({ bytes: 5, status: 200 });
  await (
    await ledger.request({ ...request, path: '/later' })
  )({ bytes: 7, status: 200 });
  const later = parseLedger(await (await ledger.export()).text());
  expect(later.map((entry) => entry.type === 'request' && entry.path)).toEqual(['/under-way', '/later']);
  expect(later[0]).toEqual(exported[0]);
  verifyLedger(later);
});

const PRUNING_TIMEOUT_MS = 60_000;
const everySecond = async (
  ledger: LedgerWriter,
  many: number,
  pass: (ms: number) => void,
  ms: number,
): Promise<void> => {
  for (let i = 0; i < many; i++) {
    pass(ms);
    const purpose = i % 10 === 0 ? ('signal' as const) : ('list' as const);
    await (
      await ledger.request({ ...request, purpose })
    )({ bytes: 0, status: 204 });
  }
};

test('every entry of the last 30 days is kept, up to 50,000', { timeout: PRUNING_TIMEOUT_MS }, async () => {
  let now = NOW;
  const ledger = await openLedger(memoryStorage(), () => now);
  const pass = (ms: number): void => void (now += ms);
  // 40 days at 500 requests a day.
  await everySecond(ledger, 20_000, pass, DAY_MS / 500);
  const entries = await ledger.entries();
  expect(entries[0]?.seq).toBeGreaterThan(0);
  expect(entries[0]?.time && entries[0].time <= toInstant(now - LIMITS.ledgerDays * DAY_MS + DAY_MS / 500)).toBe(true);
  expect(entries.length).toBeLessThan(17_000);
  verifyLedger(entries);
});

test('pruned notes add up to all that was pruned', { timeout: PRUNING_TIMEOUT_MS }, async () => {
  let now = NOW;
  const ledger = await openLedger(memoryStorage(), () => now);
  await everySecond(ledger, LIMITS.maxLedgerEntries + 15_000, (ms) => void (now += ms), 1_000);
  const entries = await ledger.entries();
  expect(entries.length).toBeLessThanOrEqual(LIMITS.maxLedgerEntries + 1_002);
  const notes = entries.flatMap((entry) => (entry.type === 'note' && entry.note === 'pruned' ? [entry.pruned] : []));
  const sum = (of: (one: (typeof notes)[number]) => number): number => notes.reduce((all, one) => all + of(one), 0);
  expect(sum((one) => one.entries)).toBe(entries[0]?.seq);
  const left = entries.filter((entry) => entry.type === 'request');
  expect(sum((one) => one.requests) + left.length).toBe(LIMITS.maxLedgerEntries + 15_000);
  expect(sum((one) => one.signals) + left.filter(({ purpose }) => purpose === 'signal').length).toBe(6_500);
  expect(notes[0]?.from).toBe(toInstant(NOW + 1_000));
  verifyLedger(entries);
});

test('a failed request is recorded', async () => {
  const ledger = await openLedger(memoryStorage(), () => NOW);
  const egress = createEgress(ledger, new AbortController().signal);
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  await expect(
    egress({ method: 'GET', purpose: 'list', url: new URL('https://a.example/x'), maxBytes: 10 }),
  ).rejects.toMatchObject({ code: 'ERR_NETWORK' });
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(new Uint8Array(11))));
  await expect(
    egress({ method: 'GET', purpose: 'list', url: new URL('https://a.example/y'), maxBytes: 10 }),
  ).rejects.toMatchObject({ code: 'ERR_SIZE' });
  vi.unstubAllGlobals();
  expect(await ledger.entries()).toMatchObject([
    { path: '/x', response: { status: 0, bytes: 0 } },
    { path: '/y', response: { status: 200, bytes: 11 } },
  ]);
});
