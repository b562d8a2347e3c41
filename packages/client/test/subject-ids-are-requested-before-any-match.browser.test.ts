/** The time of a request for subject ids must not tell the account service that something matched. */
import type { OrderDigest } from '@lodestone/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createGuard, type Guard } from '../src/index.ts';
import { testPicture } from '../src/testing/index.ts';
import { MovedClock } from './send-slots.ts';
import { subjectBatch } from './subject-batch.ts';
import { anOrder, orderTargets, World } from './world.ts';

let world: World;
let guard: Guard | undefined;
let name = '';
let clock: MovedClock;

beforeEach(async () => {
  name = `subject ${crypto.randomUUID()}`;
  clock = new MovedClock();
  world = await World.create(Date.now());
  const { receiver } = anOrder(Date.now());
  if (!receiver) throw new Error('no receiver');
  await world.publish('orders', orderTargets(anOrder(Date.now(), { receiver: { ...receiver, subject: 'pseudonym' } })));
  vi.stubGlobal('fetch', world.fetch);
});
afterEach(() => {
  guard?.dispose();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  indexedDB.deleteDatabase(name);
});
const listInForce = (): Promise<void> =>
  vi.waitFor(() => expect(guard?.status.lists[0]?.release).toBeDefined(), { timeout: 10_000 });

test(
  'a batch is requested once, when the order takes effect, and not again for a match',
  { tags: '@one-engine' },
  async () => {
    const fetchIds = vi.fn(subjectBatch);
    guard = createGuard(world.options({ storageName: name, subject: { account: 'a', fetchIds } }));
    await listInForce();
    await vi.waitFor(() => expect(fetchIds).toHaveBeenCalledTimes(1), { timeout: 10_000 });
    await vi.waitFor(() => expect(guard?.status.outbox.armed).toHaveLength(1), { timeout: 10_000 });
    await guard.check(testPicture(), { surface: 'send' });
    await clock.untilSent(guard, () => expect(world.signals()).toHaveLength(1));
    expect(fetchIds).toHaveBeenCalledTimes(1);
  },
);

test(
  'without subject ids a match is not counted and leaves no signal; the next one after they came does',
  { tags: '@one-engine' },
  async () => {
    let isUnavailable = true;
    const fetchIds = vi.fn(async (month: string) => {
      if (isUnavailable) throw new Error('503');
      return subjectBatch(month);
    });
    guard = createGuard(world.options({ storageName: name, subject: { account: 'a', fetchIds } }));
    await listInForce();
    await vi.waitFor(() => expect(guard?.status.outbox.error?.code).toBe('ERR_SUBJECT'), { timeout: 10_000 });
    await guard.check(testPicture(), { surface: 'send' });
    isUnavailable = false;
    clock.move(61_000); // the pause before the request is repeated
    await guard.acknowledgeOrder(guard.status.orders[0]?.orderDigest ?? ('' as OrderDigest)); // any change wakes the outbox
    await vi.waitFor(() => expect(guard?.status.outbox).toEqual({ armed: [guard?.status.orders[0]?.orderDigest] }), {
      timeout: 10_000,
    });
    await clock.passSlots(guard, name);
    expect(world.signals()).toEqual([]);
    await guard.check(testPicture(), { surface: 'send' });
    await clock.untilSent(guard, () => expect(world.signals()).toHaveLength(1));
  },
);
