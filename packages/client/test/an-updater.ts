/** An updater for tests: it has the sources and the recorded network of a `World`, and the clock of the test. */
import { createEgress } from '../src/network/egress.ts';
import { sourceConfigs } from '../src/network/updater/source.ts';
import { openUpdater, type Updater } from '../src/network/updater/updater.ts';
import { openLedger } from '../src/network/ledger.ts';
import type { Storage } from '../src/network/storage/transaction.ts';
import type { GuardOptions } from '../src/options.ts';
import type { World } from './world.ts';

export interface UpdaterWorld {
  storage: Storage;
  /** Names the locks; tabs of one storage share them. */
  storageName?: string;
  now: () => number;
  stop: AbortSignal;
  /** Changes to the host's options. */
  options?: Partial<GuardOptions> | undefined;
  locks?: Pick<LockManager, 'request'> | undefined;
}

export async function anUpdater(
  world: World,
  { storage, storageName = 'test', now, stop, options: change, locks }: UpdaterWorld,
): Promise<Updater> {
  const ledger = await openLedger(storage, now);
  const { authorities, endpoint } = world.options(change);
  return openUpdater({
    sources: sourceConfigs(authorities),
    endpoint,
    storage,
    storageName,
    locks, // without locks the round number alone decides
    egress: createEgress(ledger, stop),
    ledger,
    now,
    onChange: () => undefined,
    stop,
  });
}
