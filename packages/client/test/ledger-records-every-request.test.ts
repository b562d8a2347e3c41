import { DAY_MS, type Digest, type LedgerEntry, LIMITS, parseLedger, toInstant } from '@lodestone/protocol';
import { sha256Hex, verifyLedger } from '@lodestone/trust';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { createEgress } from '../src/network/egress.ts';
import { openLedger } from '../src/network/ledger.ts';
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

/** Few entries, so that the tests are quick. */
const FEW = { ledgerDays: LIMITS.ledgerDays, ledgerEntries: 20, maxLedgerEntries: 100 };

async function requests(many: number, everyMs: number): Promise<{ entries: readonly LedgerEntry[]; now: number }> {
  let now = NOW;
  const ledger = await openLedger(memoryStorage(), () => now, FEW);
  for (let i = 0; i < many; i++) {
    now += everyMs;
    const purpose = i % 10 === 0 ? ('signal' as const) : ('list' as const);
    await (
      await ledger.request({ ...request, purpose })
    )({ bytes: 0, status: 204 });
  }
  return { entries: await ledger.entries(), now };
}

const prunedOf = (entries: readonly LedgerEntry[]) =>
  entries.flatMap((entry) => (entry.type === 'note' && entry.note === 'pruned' ? [entry.pruned] : []));

test('the limits are 30 days and 50,000 entries, and the newest 10,000 are never pruned', () => {
  expect(LIMITS).toMatchObject({ ledgerDays: 30, ledgerEntries: 10_000, maxLedgerEntries: 50_000 });
});

test('every entry of the last 30 days is kept, and older ones are pruned', async () => {
  const { entries, now } = await requests(200, DAY_MS);
  expect(entries[0]?.seq).toBeGreaterThan(100);
  expect(Date.parse(entries[0]?.time ?? '')).toBeLessThanOrEqual(now - 29 * DAY_MS);
  verifyLedger(entries);
});

test('the newest entries are kept, however old they are', async () => {
  const { entries } = await requests(60, 40 * DAY_MS);
  expect(entries.length).toBeGreaterThanOrEqual(20);
  expect(entries.length).toBeLessThan(26);
});

test('with too many entries in 30 days the ledger says what it pruned, and the notes add up to all of it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 400 }),
      fc.constantFrom(1_000, DAY_MS / 4, DAY_MS),
      async (many, everyMs) => {
        const { entries } = await requests(many, everyMs);
        expect(entries.length).toBeLessThanOrEqual(FEW.maxLedgerEntries + 3);
        const notes = prunedOf(entries);
        const sum = (of: (one: (typeof notes)[number]) => number): number =>
          notes.reduce((all, one) => all + of(one), 0);
        expect(sum((one) => one.entries)).toBe(entries[0]?.seq);
        const left = entries.filter((entry) => entry.type === 'request');
        expect(sum((one) => one.requests) + left.length).toBe(many);
        expect(sum((one) => one.signals) + left.filter(({ purpose }) => purpose === 'signal').length).toBe(
          Math.ceil(many / 10),
        );
        if (notes.length > 0) expect(notes.map(({ from }) => from).sort()[0]).toBe(toInstant(NOW + everyMs));
        verifyLedger(entries);
      },
    ),
  );
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
