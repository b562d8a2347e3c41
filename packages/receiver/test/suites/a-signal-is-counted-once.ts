/** A signal is counted exactly once, however often it arrives and however many arrive at the same time. */
import type { Name } from '@lodestone/protocol/name';
import type { Signal } from '@lodestone/protocol/signal';
import { toDay } from '@lodestone/protocol/time';
import { expect, test } from 'vitest';
import type { World } from '../support/world.ts';

export function aSignalIsCountedOnce(the: () => World): void {
  test('the same body sent four times gets four 204s and counts once', async () => {
    const world = the();
    const before = await world.receiver.counts();
    const body = await world.seal(world.match(await world.subjectId()));
    const together = await Promise.all([body, body, body].map((each) => world.post(each)));
    const later = await world.post(body);
    expect([...together, later].map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    const after = await world.receiver.counts();
    expect(after.counted - before.counted).toBe(1);
    expect(after.duplicate - before.duplicate).toBe(3);
  });

  test('two bodies with the same signal id count once, whatever else they claim', async () => {
    const world = the();
    const before = await world.receiver.counts();
    const first = world.match(await world.subjectId());
    await world.send(first);
    await world.send({ ...first, entry: 5, surface: 'upload' });
    const after = await world.receiver.counts();
    expect([after.counted - before.counted, after.duplicate - before.duplicate]).toEqual([1, 1]);
  });

  test('with 300 concurrent requests, each of 100 signals counts once, and covers count as well', async () => {
    const world = the();
    const before = await world.receiver.counts();
    const subject = await world.subject(toDay(world.now), 3);
    const signals = Array.from({ length: 100 }, (_, i): Signal => world.match({ ...subject.id(), entry: i + 1 }));
    const bodies = await Promise.all(signals.map((signal) => world.seal(signal)));
    const covers = await Promise.all(bodies.map(() => world.seal({ kind: 'cover' })));
    const answers = await Promise.all([...bodies, ...covers, ...bodies].map((body) => world.post(body)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    const after = await world.receiver.counts();
    expect(after.counted - before.counted).toBe(100);
    expect(after.duplicate - before.duplicate).toBe(100);
    expect(after.cover - before.cover).toBe(100);
  });

  test('a signal of an order without a subject is counted for its order, and its contents are not stored', async () => {
    const world = the();
    const { db } = world.database;
    const orderCounts = db
      .selectFrom('orderCounts')
      .innerJoin('orders', 'orders.orderNo', 'orderCounts.orderNo')
      .where('orderId', '=', 'none' as Name);
    const before = await orderCounts.select('signals').executeTakeFirst();
    const signal = world.match({ orderDigest: world.digests.none });
    await world.send(signal);
    await world.send(signal);
    const after = await orderCounts.select('signals').executeTakeFirstOrThrow();
    expect(after.signals - (before?.signals ?? 0)).toBe(1);
    const stored = await db.selectFrom('signals').selectAll().where('signalId', '=', signal.signalId).execute();
    expect(stored).toEqual([]);
  });
}
