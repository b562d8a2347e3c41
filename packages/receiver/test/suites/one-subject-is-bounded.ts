/** One subject cannot fill the database or block the receiver, and an erased subject's older signals are not stored again. */
import { toHex } from '@lodestone/protocol/bytes';
import { type Day, toDay } from '@lodestone/protocol/time';
import { afterEach, expect, inject, test } from 'vitest';
import { MAX_CASE_ENTRIES } from '../../src/cases/cases.ts';
import type { CountedSignal } from '../../src/ingest/check.ts';
import { SIGNALS_PER_WINDOW } from '../../src/ingest/store-signals.ts';
import { storeBatch } from '../../src/ingest/store.ts';
import { loadOrders } from '../../src/sources/load-orders.ts';
import { windowOf } from '@lodestone/trust';
import { LIST } from '../support/documents.ts';
import { eraseSubject } from '../../src/cases/erase.ts';
import { NOON, type World } from '../support/world.ts';

const FLOOD = inject('extent') === 'long' ? 40_000 : 8_000;
/** Processor time of this thread, because on a busy machine it waits for others. */
const LONGEST_BLOCK_MS = 250;

/** Measures the most processor time between two turns of the event loop. */
function watchLoop(): () => number {
  let before = process.threadCpuUsage();
  let longest = 0;
  const timer = setInterval(() => {
    const now = process.threadCpuUsage();
    longest = Math.max(longest, now.user + now.system - before.user - before.system);
    before = now;
  }, 1);
  return () => {
    clearInterval(timer);
    return longest / 1_000;
  };
}

export function oneSubjectIsBounded(the: () => World): void {
  afterEach(() => {
    the().now = NOON;
  });
  const caseOf = async (pseudonym: Uint8Array) =>
    (await the().receiver.cases()).find((each) => each.pseudonym === toHex(pseudonym));

  /** Stores without HPKE and signatures, whose time is not that of the database. */
  async function flood(world: World, pseudonym: Uint8Array<ArrayBuffer>): Promise<void> {
    const { orders } = await loadOrders(world.database.db);
    const order = orders.get(world.digests.pseudonym);
    if (!order) throw new Error('no order');
    const arrivalDay = toDay(world.now);
    const item = {
      reference: LIST,
      threshold: 2,
      withinDays: 10,
      countingWindowStart: windowOf(10, arrivalDay).firstDay,
    };
    for (let at = 0; at < FLOOD; at += 1_000) {
      const batch = Array.from({ length: 1_000 }, (_, i): CountedSignal => {
        const signal = world.match({ pseudonym, entry: at + i + 1 });
        return { outcome: 'counted', signal, order, item, arrivalDay };
      });
      await storeBatch(world.database.db, batch, world.now);
    }
  }

  test(
    `${FLOOD} signals of one subject are bounded, and block the event loop for less than ${LONGEST_BLOCK_MS} ms`,
    { timeout: 120_000 },
    async () => {
      const world = the();
      const pseudonym = crypto.getRandomValues(new Uint8Array(16));
      const before = await world.receiver.counts();
      const longestBlock = watchLoop();
      await flood(world, pseudonym);
      const shown = await caseOf(pseudonym);
      const page = await (await world.console()).text();
      await world.receiver.refresh();
      const blockedMs = longestBlock();
      const after = await world.receiver.counts();
      expect(after.counted - before.counted).toBe(SIGNALS_PER_WINDOW);
      expect(after.overLimit - before.overLimit).toBe(FLOOD - SIGNALS_PER_WINDOW);
      expect(shown?.entries.length).toBe(MAX_CASE_ENTRIES);
      expect(shown?.moreEntries).toBe(SIGNALS_PER_WINDOW - MAX_CASE_ENTRIES);
      expect(page).toContain(`and ${SIGNALS_PER_WINDOW - MAX_CASE_ENTRIES} more`);
      console.log(`longest block of the event loop: ${blockedMs.toFixed(0)} ms`);
      expect(blockedMs).toBeLessThan(LONGEST_BLOCK_MS);
    },
  );

  test('erasing a subject deletes its signals and ids, and leaves a hash that refuses its older signals', async () => {
    const world = the();
    const { db } = world.database;
    const subject = await world.subject();
    const sent = [1, 2, 3].map((entry) => world.match({ ...subject.id(), entry }));
    for (const signal of sent) await world.send(signal);
    expect(await caseOf(subject.pseudonym)).toBeDefined();
    const { signals } = await db.transaction().execute((tx) => eraseSubject(tx, subject.pseudonym, NOON));
    expect(signals).toBe(3);
    expect(await caseOf(subject.pseudonym)).toBeUndefined();
    for (const table of ['signalIds', 'signals', 'countingWindows', 'tombstones', 'waiting'] as const) {
      const rows = await db.selectFrom(table).selectAll().execute();
      const text = rows
        .flatMap((row) => Object.values(row))
        .map((value) => (value instanceof Uint8Array ? toHex(value) : String(value)))
        .join(' ');
      expect(text).not.toContain(toHex(subject.pseudonym));
      for (const { signalId } of sent) expect(text).not.toContain(toHex(signalId));
    }

    const before = await world.receiver.counts();
    for (const signal of sent) await world.send(signal);
    await world.send(world.match({ ...subject.id(), entry: 4, day: (toDay(NOON) + 1) as Day }));
    const after = await world.receiver.counts();
    expect([after.counted - before.counted, after.erased - before.erased]).toEqual([0, 4]);

    world.now = NOON + 2 * 86_400_000;
    for (const entry of [1, 2]) await world.send(world.match({ ...subject.id(), entry }));
    expect((await caseOf(subject.pseudonym))?.entries.map(({ entry }) => entry)).toEqual([1, 2]);
  });

  test('a pseudonym that is not 16 bytes in hex is an error', async () => {
    await expect(the().receiver.erase('x', '')).rejects.toMatchObject({ code: 'ERR_RECEIVER' });
  });
}
