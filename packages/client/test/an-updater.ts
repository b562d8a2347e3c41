/** The updater of a test's world: its sources, its recorded network, no clock but the test's. */
import { createEgress } from '../src/network/egress.ts';
import { type Updater, openUpdater } from '../src/network/updater/updater.ts';
import { openLedger } from '../src/network/ledger.ts';
import type { Storage } from '../src/network/storage/transaction.ts';
import { ENDPOINT, type World } from './world.ts';

export async function anUpdater(
  world: World,
  { storage, now, stop }: { storage: Storage; now: () => number; stop: AbortSignal },
): Promise<Updater> {
  const ledger = await openLedger(storage, now);
  const { orders, lists, provider } = world.options().authorities;
  const as =
    (power: 'orders' | 'lists' | 'provider') =>
    ({ name, url, root }: typeof provider) => ({ name, url: new URL(url), root, power });
  return openUpdater({
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
