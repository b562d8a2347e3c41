/**
 * Storage in IndexedDB, through `idb`. A database of another version is refused and left as it is.
 * Flow: storage → here → browser. Spec: docs/design/signed-inputs.md#storage
 */
import { type IDBPDatabase, openDB } from 'idb';
import { watchPageVisibility } from './page-visibility.ts';
import { DATABASE_VERSION, type Key, otherVersion, STORE_NAMES } from './records.ts';
import type { Storage } from './transaction.ts';

/** @throws {LodestoneError} `ERR_STORAGE` if the database has another version. Other errors are the browser's. */
export async function openIndexedDb(name: string): Promise<Storage> {
  let found = 0;
  try {
    const database = await openDB(name, DATABASE_VERSION, {
      upgrade(db, oldVersion, _newVersion, transaction) {
        found = oldVersion;
        if (oldVersion === 0) {
          for (const store of STORE_NAMES) db.createObjectStore(store);
          return;
        }
        transaction.done.catch(() => undefined); // reported once, below
        transaction.abort(); // leaves the old database as it is
      },
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });
    return persistentStorage(database);
  } catch (error) {
    if (found > 0) throw otherVersion(name, found);
    if (error instanceof DOMException && error.name === 'VersionError')
      throw otherVersion(name, await versionOf(name, error));
    throw error;
  }
}

/** The version of a database that is newer than this release. */
async function versionOf(name: string, error: DOMException): Promise<number> {
  const found = (await indexedDB.databases()).find((database) => database.name === name)?.version;
  if (found === undefined) throw error;
  return found;
}

function persistentStorage(database: IDBPDatabase): Storage {
  const page = watchPageVisibility();
  return {
    kind: 'persistent',
    async transact(stores, work) {
      await page.whenVisible();
      const tx = database.transaction([...stores], 'readwrite');
      const watched = page.abortOnHide(tx);
      const done = tx.done;
      done.catch(() => undefined); // an abort is reported once, by the throw below
      try {
        const result = await work({
          get: (store, key) => tx.objectStore(store).get(key),
          put: async (store, key, value) => void (await tx.objectStore(store).put(value, key)),
          delete: (store, key) => tx.objectStore(store).delete(key),
          keys: async (store) => (await tx.objectStore(store).getAllKeys()).map((key) => key as Key),
          async all(store) {
            const [keys, values] = await Promise.all([
              tx.objectStore(store).getAllKeys(),
              tx.objectStore(store).getAll(),
            ]);
            return keys.map((key, i) => [key as Key, values[i]]);
          },
          async last(store) {
            const cursor = await tx.objectStore(store).openCursor(null, 'prev');
            return cursor ? [cursor.key as Key, cursor.value] : undefined;
          },
        });
        await done;
        return result;
      } catch (error) {
        try {
          tx.abort();
        } catch {
          // the transaction had ended
        }
        if (watched.wasAborted) return await this.transact(stores, work);
        throw error;
      } finally {
        watched.end();
      }
    },
    close() {
      page.close();
      database.close();
    },
  };
}
