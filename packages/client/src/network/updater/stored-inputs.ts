/**
 * The accepted inputs as storage holds them, read in one transaction.
 * Flow: storage → here → updater. Spec: docs/design/signed-inputs.md#storage
 */
import type { ReceiverKeys, TargetReference } from '@lodestone/protocol';
import type { StoredSource } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import type { Accepted } from './in-force.ts';

export interface StoredInputs {
  accepted: Accepted;
  /** By source name. */
  sources: ReadonlyMap<string, StoredSource>;
  keys: ReadonlyMap<TargetReference, ReceiverKeys>;
}

export function readStoredInputs(storage: Storage): Promise<StoredInputs> {
  return storage.transact(['sources', 'orders', 'releases', 'models', 'keys'], async (tx) => {
    const sources = new Map((await tx.all('sources')).map(([name, source]) => [String(name), source]));
    return {
      sources,
      accepted: {
        orders: (await tx.all('orders')).map(([, order]) => order),
        releases: (await tx.all('releases')).map(([, release]) => release),
        models: (await tx.all('models')).map(([, model]) => model),
        timestamps: new Map([...sources].map(([name, { timestampVersion }]) => [name, timestampVersion])),
      },
      keys: new Map((await tx.all('keys')).map(([reference, keys]) => [reference as TargetReference, keys])),
    };
  });
}
