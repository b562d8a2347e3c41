/** The schema of the database has a version. A database of another version is refused by name, and left as it is. */
import { openDB } from 'idb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGuard } from '../src/index.ts';
import { DATABASE_VERSION } from '../src/network/storage/records.ts';
import { openStorage } from '../src/network/storage/storage.ts';
import { World } from './world.ts';

const unexpected = (): never => {
  throw new Error('storage fell back to memory');
};

let name = '';
beforeEach(() => {
  name = `version ${crypto.randomUUID()}`;
});
afterEach(() => {
  indexedDB.deleteDatabase(name);
});

/** A database with one record, whose page has ended. */
async function databaseOfVersion(version: number): Promise<void> {
  const database = await openDB(name, version, { upgrade: (db) => void db.createObjectStore('windows') });
  await database.put('windows', { tags: ['a'] }, 'key');
  database.close();
}

test.each([
  ['older', DATABASE_VERSION - 1],
  ['newer', DATABASE_VERSION + 1],
])('an %s database is refused with both versions, and keeps its records', async (_, version) => {
  await databaseOfVersion(version);
  await expect(openStorage(name, unexpected)).rejects.toMatchObject({
    code: 'ERR_STORAGE',
    message: expect.stringMatching(new RegExp(`version ${version}.*version ${DATABASE_VERSION}`)),
  });
  const database = await openDB(name);
  expect(database.version).toBe(version);
  expect(await database.get('windows', 'key')).toEqual({ tags: ['a'] });
  database.close();
});

test('a guard on an older database does not start, and its status says why', async () => {
  await databaseOfVersion(DATABASE_VERSION - 1);
  const guard = createGuard((await World.create(Date.now())).options({ storageName: name }));
  await guard.ready;
  expect(guard.status.sandbox).toMatchObject({ state: 'failed', error: { code: 'ERR_STORAGE' } });
  guard.dispose();
});

test('a database of this version opens again with its records', async () => {
  const storage = await openStorage(name, unexpected);
  await storage.transact(['models'], (tx) => tx.put('models', 'a', { reference: 'a' } as never));
  storage.close();

  const again = await openStorage(name, unexpected);
  expect(again.kind).toBe('persistent');
  expect(await again.transact(['models'], (tx) => tx.all('models'))).toEqual([['a', { reference: 'a' }]]);
  again.close();
});
