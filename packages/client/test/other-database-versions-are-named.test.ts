import { expect, test } from 'vitest';
import { memoryStorage } from '../src/network/storage/memory.ts';
import { DATABASE_VERSION, otherVersion, STORE_NAMES } from '../src/network/storage/records.ts';

test('the error names both versions, the database, and what to do', () => {
  const error = otherVersion('accounts', 2);
  expect(error).toMatchObject({ name: 'LodestoneError', code: 'ERR_STORAGE' });
  expect(error.message).toBe(
    `database "accounts" has version 2, and this release requires version ${DATABASE_VERSION}. ` +
      'Delete it with indexedDB.deleteDatabase("accounts"), or set another `storageName`',
  );
});

test('memory has every store of the schema', async () => {
  const storage = memoryStorage();
  for (const store of STORE_NAMES) expect(await storage.transact([store], (tx) => tx.all(store))).toEqual([]);
});
