/**
 * Opens the storage of the network side: IndexedDB, or memory if the browser refuses it (private mode, quota).
 * Flow: ledger, updater, outbox, notices → here. Spec: docs/design/signed-inputs.md#storage
 */
import { LodestoneError } from '@lodestone/protocol';
import { openIndexedDb } from './indexed-db.ts';
import { type Everything, memoryStorage } from './memory.ts';
import { STORE_NAMES, type StoreName, withoutIds } from './records.ts';
import type { Storage, Transaction } from './transaction.ts';

/**
 * Opens the database. If the browser refuses it, now or later (quota), the page continues in memory with everything
 * that could be read, and `onFallback` is called.
 * @throws {LodestoneError} `ERR_STORAGE` if the database has another version
 */
export async function openStorage(name: string, onFallback: () => void): Promise<Storage> {
  let current: Storage;
  try {
    current = await openIndexedDb(name);
  } catch (error) {
    if (error instanceof LodestoneError) throw error;
    current = memoryStorage();
    onFallback();
  }
  return {
    get kind() {
      return current.kind;
    },
    async transact(stores, work) {
      const before = current;
      try {
        return await before.transact(stores, work);
      } catch (error) {
        if (before.kind === 'memory' || !isQuotaError(error)) throw error;
        if (current === before) {
          current = memoryStorage(await before.transact(STORE_NAMES, readAll));
          before.close();
          onFallback();
        }
        return current.transact(stores, work);
      }
    },
    close: () => current.close(),
  };
}

function isQuotaError(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError';
}

async function readAll(tx: Transaction<StoreName>): Promise<Everything> {
  const everything: Everything = new Map();
  for (const store of STORE_NAMES) everything.set(store, new Map(await tx.all(store)));
  // Another tab may go on in memory with the same ids, and none may be taken twice. So no tab takes a stored one.
  const batches = await tx.all('subject-ids');
  everything.set('subject-ids', new Map(batches.map(([key, batch]) => [key, withoutIds(batch)])));
  return everything;
}
