import type { AnyDigest } from '@lodestone/testkit/digests';
import { DAY_MS, type DetectionOrder, toDay } from '@lodestone/protocol';
import { restoreSealed, type SealedSignal } from '@lodestone/seal';
import { lastCountingDay, windowOf } from '@lodestone/trust';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { countMatch, hasEnded } from '../src/network/outbox/threshold.ts';
import { type Outbox, startOutbox } from '../src/network/outbox/outbox.ts';
import { deleteExpired, openCountingWindow, queuedSignals, storeSealed } from '../src/network/outbox/store.ts';
import type { StoredCountingWindow } from '../src/network/storage/records.ts';
import { memoryStorage } from '../src/network/storage/memory.ts';
import type { Storage } from '../src/network/storage/transaction.ts';
import type { Match } from '../src/match.ts';
import { anOrder, ENDPOINT, known, receiverKey, sensitive } from './world.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const TERMS = anOrder(NOW);
const ORDER = 'a'.repeat(64) as AnyDigest;

function body(n: number): SealedSignal {
  const bytes = new Uint8Array(256);
  bytes[0] = 1;
  bytes[20] = n;
  return restoreSealed(bytes);
}

async function countEntries(storage: Storage, entries: readonly number[], threshold: number): Promise<void> {
  const rule = { surfaces: ['send' as const], threshold, withinDays: 30 };
  const { firstDay, lastDay } = windowOf(rule.withinDays, toDay(NOW));
  for (const entry of entries) {
    const window = await openCountingWindow(storage, `${ORDER} 0 ${firstDay}`, lastDay);
    const counted = {
      orderDigest: ORDER,
      order: TERMS,
      rule,
      window,
      tag: String(entry),
      lastDay: lastCountingDay(toDay(NOW), rule.withinDays),
    };
    await storeSealed(storage, counted, body(entry), NOW);
  }
}
const all = (storage: Storage) =>
  storage.transact(['signals'], async (tx) => (await tx.all('signals')).map(([, signal]) => signal));

describe('for thresholds from 1 to 32 and any sequence of matches', () => {
  test('fewer distinct entries queue nothing; at the threshold each entry is queued exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 32 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 120 }),
        async (threshold, entries) => {
          const storage = memoryStorage();
          await countEntries(storage, entries, threshold);
          const distinct = new Set(entries).size;
          const queued = (await queuedSignals(storage)).map((signal) => signal.body[20]);
          expect(queued).toHaveLength(distinct >= threshold ? distinct : 0);
          expect(new Set(queued).size).toBe(queued.length);
          expect(await all(storage)).toHaveLength(distinct);
          const notices = await storage.transact(['notices'], (tx) => tx.all('notices'));
          expect(notices).toHaveLength(queued.length);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('counting windows', () => {
  test('are deleted with the signals they hold when they end, and queued signals stay', async () => {
    const held = memoryStorage();
    await countEntries(held, [1, 2], 3);
    const queued = memoryStorage();
    await countEntries(queued, [1, 2], 2);
    const later = NOW + 40 * DAY_MS;
    for (const storage of [held, queued]) await deleteExpired(storage, toDay(later));
    expect(await all(held)).toEqual([]);
    expect(await all(queued)).toHaveLength(2);
    expect(await queued.transact(['counting-windows'], (tx) => tx.all('counting-windows'))).toEqual([]);
  });
  test('a queued signal expires only when the receiver no longer accepts it', async () => {
    const storage = memoryStorage();
    await countEntries(storage, [1], 1);
    const last = lastCountingDay(toDay(NOW), 30);
    await deleteExpired(storage, last);
    expect(await all(storage)).toHaveLength(1);
    await deleteExpired(storage, last + 1);
    expect(await all(storage)).toEqual([]);
  });
  test('a repeat changes nothing', () => {
    const window: StoredCountingWindow = {
      key: 'k',
      lastDay: 9,
      tagKey: new Uint8Array(32),
      tags: ['x'],
      released: false,
    };
    expect(countMatch(window, 'x', 2)).toEqual({ effect: 'repeat' });
    expect(hasEnded(window, toDay(9 * DAY_MS + DAY_MS - 1))).toBe(false);
    expect(hasEnded(window, toDay(10 * DAY_MS))).toBe(true);
  });
});

describe('an outbox that receives findings of a model', () => {
  const stopping: AbortController[] = [];
  afterEach(() => {
    for (const one of stopping.splice(0)) one.abort();
  });

  /** Its slots are a millisecond apart, so every signal that may leave leaves. */
  function anOutbox() {
    const storage = memoryStorage();
    const stop = new AbortController();
    stopping.push(stop);
    const sent: Uint8Array[] = [];
    const errors: unknown[] = [];
    const clock = { now: NOW };
    const outbox: Outbox = startOutbox({
      storage,
      storageName: 'test',
      async egress(request) {
        if (request.method === 'POST') sent.push(request.body);
        return { status: 204, body: new Uint8Array() };
      },
      endpoint: new URL(ENDPOINT),
      schedule: () => ({ slotsPerDay: 86_400_000, cover: false }),
      sealingKey: () => receiverKey(NOW),
      subjectIds: { account: undefined, fetchIds: undefined, endpoint: ENDPOINT, isRequired: () => false },
      onQueued: () => undefined,
      now: () => clock.now++,
      onStatus: ({ error }) => error && errors.push(error),
      stop: stop.signal,
    });
    return {
      errors,
      take: (...matches: Match[]) => outbox.take(matches),
      at: (day: number) => void (clock.now = NOW + day * DAY_MS),
      held: async () => (await all(storage)).filter(({ state }) => state === 'held').length,
      /** The number of signals sent, after every slot that was due. */
      async sent() {
        outbox.wake();
        await vi.waitFor(async () => expect(await queuedSignals(storage)).toEqual([]), { timeout: 5_000 });
        await new Promise((resolve) => setTimeout(resolve, 50)); // a signal that must not leave would leave now
        return sent.length;
      },
    };
  }
  const terms = (threshold: number): DetectionOrder =>
    anOrder(NOW, { detect: [known(), sensitive({ signal: { surfaces: ['send'], threshold, withinDays: 7 } })] });
  function found(threshold: number, change: Partial<Match> = {}): Match {
    const order = terms(threshold);
    const [, item] = order.detect;
    if (!item?.signal) throw new Error('the item has no signal rule');
    const what = { kind: 'sensitive', entry: 0, level: 9, evidence: 'classifier', detectIndex: 1 } as const;
    return {
      ...what,
      source: 'orders',
      orderDigest: ORDER,
      order,
      rule: item.signal,
      manifestDigest: ORDER,
      surface: 'send',
      media: 'image',
      ...change,
    };
  }

  test('sends one signal a day for any number of pictures, buckets and versions of the model', async () => {
    const outbox = anOutbox();
    for (let i = 0; i < 5; i++)
      await outbox.take(found(1, { level: 5 + i, manifestDigest: String(i).repeat(64) as AnyDigest }));
    expect(await outbox.sent()).toBe(1);
    outbox.at(1);
    for (let i = 0; i < 5; i++) await outbox.take(found(1));
    expect(await outbox.sent()).toBe(2);
    expect(outbox.errors).toEqual([]);
  });
  test('holds the signal of the first of two days, and sends both on the second', async () => {
    const outbox = anOutbox();
    for (let i = 0; i < 10; i++) await outbox.take(found(2));
    expect(await outbox.sent()).toBe(0);
    expect(await outbox.held()).toBe(1);
    outbox.at(1);
    await outbox.take(found(2));
    expect(await outbox.sent()).toBe(2);
    expect(await outbox.held()).toBe(0);
    expect(outbox.errors).toEqual([]);
  });
  test('counts days of one counting window only', async () => {
    const outbox = anOutbox();
    await outbox.take(found(2)); // the second day of its order
    outbox.at(6); // the first of the next window
    await outbox.take(found(2));
    expect(await outbox.sent()).toBe(0);
  });
  test('counts findings of a model and of a list separately', async () => {
    const outbox = anOutbox();
    const listed = found(2, { kind: 'match', detectIndex: 0, entry: 7 });
    await outbox.take(found(2), listed);
    expect(await outbox.sent()).toBe(0);
    expect(await outbox.held()).toBe(2);
    outbox.at(1);
    await outbox.take(found(2), listed); // an entry counts once in a window, on any day
    expect(await outbox.sent()).toBe(2);
    expect(await outbox.held()).toBe(1);
  });
});
