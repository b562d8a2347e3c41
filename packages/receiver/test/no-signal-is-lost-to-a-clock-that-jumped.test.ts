/** While the clock is not believed, every body gets 503 at the same step, so that devices send it again; set right, it counts once. */
import { LIMITS } from '@lodestone/protocol/limits';
import { toDay } from '@lodestone/protocol/time';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NOON, startWorld, type World } from './support/world.ts';

const DAY = 86_400_000;
let world: World;
beforeAll(async () => {
  world = await startWorld(undefined, undefined, true);
}, 90_000);
afterAll(() => world.close());

test.each([8, 100, -8, -20_000])('a clock that jumps by %i days', async (days) => {
  world.now = NOON;
  const before = await world.receiver.counts();
  const signal = await world.seal(world.match(await world.subjectId()));
  world.now = NOON + days * DAY;
  const bodies = [signal, await world.seal({ kind: 'cover' }), new Uint8Array(LIMITS.signalBytes)];
  const answers = await Promise.all(bodies.map((body) => world.post(body)));
  expect(answers.map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual(
    bodies.map(() => [503, '60']),
  );
  expect(await world.receiver.counts()).toEqual(before);
  world.now = NOON;
  expect((await world.post(signal)).status).toBe(204);
  expect((await world.receiver.counts()).counted - before.counted).toBe(1);
});

test('a clock that is off by seven days still takes signals', async () => {
  for (const days of [7, -7]) {
    world.now = NOON + days * DAY;
    expect((await world.post(new Uint8Array(LIMITS.signalBytes))).status).toBe(204);
  }
});

test('what the sources signed confirms a clock, from the next refresh on', async () => {
  world.now = NOON + 400 * DAY; // when the sources of this world signed
  expect((await world.post(new Uint8Array(LIMITS.signalBytes))).status).toBe(204);
  await world.database.db.updateTable('sources').set({ timestamp: null }).execute();
  world.authorities.orders.isDown = world.authorities.lists.isDown = world.authorities.provider.isDown = true;
  await world.receiver.refresh();
  expect((await world.post(new Uint8Array(LIMITS.signalBytes))).status).toBe(503);
  await world.database.db
    .updateTable('clock')
    .set({ lastDay: toDay(world.now) })
    .execute(); // as purge --confirm-date does
  await world.receiver.refresh();
  expect((await world.post(new Uint8Array(LIMITS.signalBytes))).status).toBe(204);
});
