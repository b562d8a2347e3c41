/** An updater for tests: it has the sources and the recorded network of a `World`, and the clock of the test. */
import { createEgress } from '../src/network/egress.ts';
import { sourceConfigs } from '../src/network/updater/source.ts';
import { openUpdater, type Updater } from '../src/network/updater/updater.ts';
import { openLedger } from '../src/network/ledger.ts';
import type { Storage } from '../src/network/storage/transaction.ts';
import { ENDPOINT, type World } from './world.ts';

export async function anUpdater(
  world: World,
  { storage, now, stop }: { storage: Storage; now: () => number; stop: AbortSignal },
): Promise<Updater> {
  const ledger = await openLedger(storage, now);
  return openUpdater({
    sources: sourceConfigs(world.options().authorities),
    endpoint: ENDPOINT,
    storage,
    egress: createEgress(ledger, stop),
    ledger,
    now,
    onChange: () => undefined,
    stop,
  });
}
