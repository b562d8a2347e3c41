/** A signal is never lost and never counted twice, however often and however much at a time it comes. */
import type { Name } from '@lodestone/protocol/name';
import type { Signal } from '@lodestone/protocol/signal';
import { expect, test } from 'vitest';
import type { World } from '../support/world.ts';

export function countedOnce(the: () => World): void {
  test('the same body again, at once and later, is the same 204 and one signal', async () => {
    const world = the();
    const before = await world.receiver.counts();
    const body = await world.seal(world.match({ subject: await world.subject() }));
    const together = await Promise.all([body, body, body].map((each) => world.post(each)));
    const later = await world.post(body);
    expect([...together, later].map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    const after = await world.receiver.counts();
    expect(after.signal - before.signal).toBe(1);
    expect(after.duplicate - before.duplicate).toBe(3);
  });

  test('an id counts once also where all else differs, sealed anew', async () => {
    const world = the();
    const before = await world.receiver.counts();
    const first = world.match({ subject: await world.subject() });
    await world.send(first);
    await world.send({ ...first, entry: 5, subject: await world.subject() });
    const after = await world.receiver.counts();
    expect([after.signal - before.signal, after.duplicate - before.duplicate]).toEqual([1, 1]);
  });

  test('300 requests at a time: each of 100 signals counts once, beside covers', async () => {
    const world = the();
    const before = await world.receiver.counts();
    const subject = await world.subject();
    const signals = Array.from({ length: 100 }, (_, i): Signal => world.match({ subject, entry: i + 1 }));
    const bodies = await Promise.all(signals.map((signal) => world.seal(signal)));
    const covers = await Promise.all(bodies.map(() => world.seal({ kind: 'cover' })));
    const answers = await Promise.all([...bodies, ...covers, ...bodies].map((body) => world.post(body)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    const after = await world.receiver.counts();
    expect(after.signal - before.signal).toBe(100);
    expect(after.duplicate - before.duplicate).toBe(100);
    expect(after.cover - before.cover).toBe(100);
  });

  test('a signal of an order without a subject is counted for its order, and stored without what it said', async () => {
    const world = the();
    const { db } = world.database;
    const orderCounts = db
      .selectFrom('orderCounts')
      .innerJoin('orders', 'no', 'orderNo')
      .where('name', '=', 'none' as Name);
    const before = await orderCounts.select('signals').executeTakeFirst();
    const signal = world.match({ orderDigest: world.digests.none });
    await world.send(signal);
    await world.send(signal);
    const after = await orderCounts.select('signals').executeTakeFirstOrThrow();
    expect(after.signals - (before?.signals ?? 0)).toBe(1);
    const stored = await db.selectFrom('signals').selectAll().where('id', '=', signal.signalId).execute();
    expect(stored).toEqual([]);
  });
}
