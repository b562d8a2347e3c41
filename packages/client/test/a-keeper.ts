/** The keeper of a test's world: its sources, its recorded network, no clock but the test's. */
import { createEgress } from '../src/network/egress.ts';
import { type Keeper, openKeeper } from '../src/network/keeper/keeper.ts';
import { openLedger } from '../src/network/ledger.ts';
import type { Storage } from '../src/network/storage.ts';
import { ENDPOINT, type World } from './world.ts';

export async function aKeeper(
  world: World,
  { storage, now, stop }: { storage: Storage; now: () => number; stop: AbortSignal },
): Promise<Keeper> {
  const ledger = await openLedger(storage, now);
  const { orders, lists, provider } = world.options().authorities;
  const as =
    (power: 'orders' | 'lists' | 'provider') =>
    ({ name, url, root }: typeof provider) => ({ name, url: new URL(url), root, power });
  return openKeeper({
    sources: [...orders.map(as('orders')), ...lists.map(as('lists')), as('provider')(provider)],
    endpoint: ENDPOINT,
    storage,
    egress: createEgress(ledger, stop),
    ledger,
    now,
    changed: () => undefined,
    stop,
  });
}
