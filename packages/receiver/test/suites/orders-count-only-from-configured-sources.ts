/** Signed sources decide which orders count, each within its power; a source that fails removes nothing. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import type { WebAddress } from '@lodestone/protocol/text';
import { expect, test } from 'vitest';
import { order } from '../support/documents.ts';
import { documents, type World } from '../support/world.ts';

export function ordersCountOnlyFromConfiguredSources(the: () => World): void {
  const accepts = async (world: World, digest: AnyDigest): Promise<boolean> => {
    const [before, waitingBefore] = [await world.receiver.counts(), await world.receiver.waiting()];
    await world.send(world.match({ orderDigest: digest, ...(await world.subjectId()) }));
    const [after, waiting] = [await world.receiver.counts(), await world.receiver.waiting()];
    expect(after.counted + waiting - before.counted - waitingBefore).toBe(1);
    return after.counted > before.counted;
  };

  test('a new order counts after a refresh, and an order that was withdrawn just now still counts', async () => {
    const world = the();
    const digests = await world.authorities.orders.publish({ 'v1/orders/later.json': order('later') });
    const digest = digests['v1/orders/later.json'] as AnyDigest;
    expect(await accepts(world, digest)).toBe(false);
    expect(await world.receiver.refresh()).toEqual({ failed: [] });
    expect(await accepts(world, digest)).toBe(true);
    expect(await accepts(world, world.digests.pseudonym)).toBe(true);
    await world.authorities.orders.publish(documents);
  });

  test.each([
    ['an order with a basis that its source may not use', order('usurped', { basis: 'provider-policy' })],
    [
      'an order for another endpoint',
      order('elsewhere', {
        receiver: {
          endpoint: 'https://other.example/v1/signals' as WebAddress,
          keys: 'provider:v1/keys.json' as never,
          subject: 'pseudonym',
          slotsPerDay: 24,
          cover: true,
        },
      }),
    ],
    ['a file that is not an order', new TextEncoder().encode('{}')],
  ])('%s is rejected and named in the log, and the other orders still count', async (_, document) => {
    const world = the();
    const digests = await world.authorities.orders.publish({ ...documents, 'v1/orders/wrong.json': document });
    const logged = world.log.length;
    expect(await world.receiver.refresh()).toEqual({ failed: ['orders'] });
    expect(world.log.slice(logged).join('')).toContain('v1/orders/wrong.json');
    expect(await accepts(world, digests['v1/orders/wrong.json'] as AnyDigest)).toBe(false);
    expect(await accepts(world, world.digests.pseudonym)).toBe(true);
    await world.authorities.orders.publish(documents);
    expect(await world.receiver.refresh()).toEqual({ failed: [] });
  });

  test('a source that does not answer is reported, and its orders still count', async () => {
    const world = the();
    world.authorities.orders.isDown = true;
    expect(await world.receiver.refresh()).toEqual({ failed: ['orders'] });
    expect(await (await fetch(`${world.receiver.url}/readyz`)).json()).toEqual({
      database: 'ok',
      clock: 'ok',
      failedSources: ['orders'],
    });
    expect(await accepts(world, world.digests.pseudonym)).toBe(true);
    world.authorities.orders.isDown = false;
    expect(await world.receiver.refresh()).toEqual({ failed: [] });
  });
}
