/** Signals of an order that ended or was withdrawn count for 24 hours more. A new version continues the order. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import type { Instant } from '@lodestone/protocol/time';
import { afterEach, expect, test } from 'vitest';
import type { OutcomeCounts } from '../../src/ingest/outcome.ts';
import { order } from '../support/documents.ts';
import { documents, NOON, type World } from '../support/world.ts';

const DAY = 86_400_000;
const PATH = 'v1/orders/renewed.json';

export function endedOrdersStopCounting(the: () => World): void {
  afterEach(async () => {
    the().now = NOON;
    await the().authorities.orders.publish(documents);
    await the().receiver.refresh();
  });
  const publish = async (world: World, document: Uint8Array | undefined): Promise<AnyDigest> => {
    const digests = await world.authorities.orders.publish({ ...documents, ...(document && { [PATH]: document }) });
    await world.receiver.refresh();
    return digests[PATH] as AnyDigest;
  };
  const outcomeOf = async (world: World, orderDigest: AnyDigest): Promise<string> => {
    const before = await world.receiver.counts();
    await world.send(world.match({ ...(await world.subjectId()), orderDigest }));
    const after = await world.receiver.counts();
    const names = Object.keys(after) as (keyof OutcomeCounts)[];
    return names.filter((name) => after[name] !== before[name]).join(' ');
  };

  test('a withdrawn order counts for 24 hours after the refresh that finds it withdrawn', async () => {
    const world = the();
    const digest = await publish(world, order('renewed'));
    expect(await outcomeOf(world, digest)).toBe('counted');
    await publish(world, undefined);
    world.now = NOON + DAY - 1;
    expect(await outcomeOf(world, digest)).toBe('counted');
    world.now = NOON + DAY;
    await world.receiver.refresh(); // a later refresh does not extend it
    expect(await outcomeOf(world, digest)).toBe('endedOrder');
  });

  test('the version before a reissued order counts while the order is in force', async () => {
    const world = the();
    const first = await publish(world, order('renewed'));
    const second = await publish(world, order('renewed', { notAfter: '2027-09-30T00:00:00Z' as Instant }));
    world.now = NOON + 3 * DAY;
    expect([await outcomeOf(world, first), await outcomeOf(world, second)]).toEqual(['counted', 'counted']);
  });

  test('an order counts for 24 hours after its last version ends', async () => {
    const world = the();
    const digest = await publish(world, order('renewed', { notAfter: '2026-11-25T00:00:00Z' as Instant }));
    world.now = Date.parse('2026-11-25T23:59:59Z');
    expect(await outcomeOf(world, digest)).toBe('counted');
    world.now = Date.parse('2026-11-26T00:00:00Z');
    expect(await outcomeOf(world, digest)).toBe('endedOrder');
  });

  test('a source that does not answer withdraws nothing', async () => {
    const world = the();
    const digest = await publish(world, order('renewed'));
    world.authorities.orders.isDown = true;
    expect(await world.receiver.refresh()).toEqual({ failed: ['orders'] });
    world.authorities.orders.isDown = false;
    world.now = NOON + 3 * DAY;
    expect(await outcomeOf(world, digest)).toBe('counted');
  });
}
