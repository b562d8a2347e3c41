/** A device that kept its records under an earlier version of the SDK goes on with them: what is trusted, counted and held. */
import { openDB } from 'idb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStorage } from '../src/network/storage.ts';

/** Version 1 of the database: before there were models. */
const FIRST_STORES = [
  'sources',
  'orders',
  'releases',
  'keys',
  'files',
  'windows',
  'signals',
  'slot',
  'notices',
  'subject',
  'ledger',
  'open-requests',
] as const;
const unexpected = (): never => {
  throw new Error('storage was refused');
};

let name = '';
beforeEach(() => {
  name = `grows ${crypto.randomUUID()}`;
});
afterEach(() => {
  indexedDB.deleteDatabase(name);
});

/** With one record in each store; another page has it open, and gives way as the SDK does. */
async function firstVersion(): Promise<void> {
  const database = await openDB(name, 1, {
    upgrade(db) {
      for (const store of FIRST_STORES) db.createObjectStore(store);
    },
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
  const tx = database.transaction(FIRST_STORES, 'readwrite');
  for (const store of FIRST_STORES) await tx.objectStore(store).put(recordOf(store), 1);
  await tx.done;
}
const recordOf = (store: string): unknown => ({ store, bytes: Uint8Array.of(1, 2, 3) });

test('opened by this version it has the new store, and every record that it had', async () => {
  await firstVersion();
  const storage = await openStorage(name, unexpected);
  expect(storage.kind).toBe('persistent');
  for (const store of FIRST_STORES) {
    expect(await storage.transact([store], (tx) => tx.all(store))).toEqual([[1, recordOf(store)]]);
  }
  expect(await storage.transact(['models'], (tx) => tx.all('models'))).toEqual([]);
  await storage.transact(['models'], (tx) => tx.put('models', 'a', { reference: 'a' } as never));
  storage.close();

  const again = await openStorage(name, unexpected);
  expect(await again.transact(['models'], (tx) => tx.all('models'))).toEqual([['a', { reference: 'a' }]]);
  expect(await again.transact(['signals'], (tx) => tx.all('signals'))).toEqual([[1, recordOf('signals')]]);
  again.close();
});
