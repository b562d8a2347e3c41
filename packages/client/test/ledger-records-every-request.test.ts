import { type Digest, LIMITS } from '@lodestone/protocol';
import { sha256Hex, verifyLedger } from '@lodestone/trust';
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

test('old entries are pruned in steps, and a note names the last pruned entry', async () => {
  const storage = memoryStorage();
  const ledger = await openLedger(storage, () => NOW);
  for (let i = 0; i <= LIMITS.ledgerEntries + 1_000; i++) await ledger.note({ note: 'sandbox-started', of });
  const entries = await ledger.entries();
  expect(entries.length).toBeLessThanOrEqual(LIMITS.ledgerEntries + 2);
  expect(entries.some((entry) => entry.type === 'note' && entry.note === 'pruned')).toBe(true);
  verifyLedger(entries);
}, 60_000);

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
