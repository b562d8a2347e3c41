/** The time of a request for a subject id must not tell the account service that something matched. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createGuard, type Guard } from '../src/index.ts';
import { testPicture } from '../src/testing/index.ts';
import { anOrder, orderTargets, World } from './world.ts';

let world: World;
let guard: Guard | undefined;
let name = '';

beforeEach(async () => {
  name = `subject ${crypto.randomUUID()}`;
  world = await World.create(Date.now());
  const { receiver } = anOrder(Date.now());
  if (!receiver) throw new Error('no receiver');
  await world.publish('orders', orderTargets(anOrder(Date.now(), { receiver: { ...receiver, subject: 'pseudonym' } })));
  vi.stubGlobal('fetch', world.fetch);
});
afterEach(() => {
  guard?.dispose();
  vi.unstubAllGlobals();
  indexedDB.deleteDatabase(name);
});
const listInForce = (): Promise<void> =>
  vi.waitFor(() => expect(guard?.status.lists[0]?.release).toBeDefined(), { timeout: 10_000 });

test('it is requested once, when the order takes effect, and not again for a match', async () => {
  const subject = vi.fn(async () => new Uint8Array(32).fill(5));
  guard = createGuard(world.options({ storageName: name, subject }));
  await listInForce();
  await vi.waitFor(() => expect(subject).toHaveBeenCalledTimes(1));
  await guard.check(testPicture(), { surface: 'send' });
  await vi.waitFor(() => expect(world.signals()).toHaveLength(1), { timeout: 15_000 });
  expect(subject).toHaveBeenCalledTimes(1);
});

test('without a subject id a match waits; its signal leaves once there is one', async () => {
  let isUnavailable = true;
  const subject = vi.fn(async () => {
    if (isUnavailable) throw new Error('503');
    return new Uint8Array(32).fill(5);
  });
  guard = createGuard(world.options({ storageName: name, subject }));
  await listInForce();
  await guard.check(testPicture(), { surface: 'send' });
  expect(guard.status.outbox).toMatchObject({ waiting: 1, error: { code: 'ERR_SUBJECT' } });
  isUnavailable = false;
  await guard.acknowledge(guard.status.orders[0]?.orderDigest ?? ''); // any change wakes the outbox
  await vi.waitFor(() => expect(world.signals()).toHaveLength(1), { timeout: 15_000 });
  await vi.waitFor(() => expect(guard?.status.outbox).toEqual({ waiting: 0 }));
});
