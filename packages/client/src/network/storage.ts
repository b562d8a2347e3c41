/**
 * Where the network side keeps its records: IndexedDB through `idb`; where the browser refuses that (private mode, quota), a
 * memory of the same shape, which status names. Every change is one transaction, so that neither a crash nor a second tab
 * leaves half of it.
 */
import { type IDBPDatabase, openDB } from 'idb';
import { watchPageLife } from './page-visibility.ts';
import type { Key, Records, StoreName } from './records.ts';

const STORES: readonly StoreName[] = [
  'sources',
  'orders',
  'releases',
  'models',
  'keys',
  'files',
  'windows',
  'signals',
  'slot',
  'notices',
  'subject',
  'ledger',
  'open-requests',
];
const DATABASE_VERSION = 2;

export interface Transaction<S extends StoreName> {
  get<N extends S>(store: N, key: Key): Promise<Records[N] | undefined>;
  put<N extends S>(store: N, key: Key, value: Records[N]): Promise<void>;
  delete(store: S, key: Key): Promise<void>;
  /** In the order of their keys. */
  all<N extends S>(store: N): Promise<[key: Key, value: Records[N]][]>;
  last<N extends S>(store: N): Promise<[key: Key, value: Records[N]] | undefined>;
}

export interface Storage {
  readonly kind: 'persistent' | 'memory';
  /** All of `work` happens, or nothing. `work` awaits the transaction's own methods only. */
  transact<S extends StoreName, T>(stores: readonly S[], work: (tx: Transaction<S>) => Promise<T>): Promise<T>;
  close(): void;
}

/**
 * Opens the database. Where the browser refuses one, or refuses to keep more (quota), this page goes on in memory with what
 * could be read, and `refused` says so.
 */
export async function openStorage(name: string, refused: () => void): Promise<Storage> {
  let inner: Storage;
  try {
    inner = await openPersistent(name);
  } catch {
    inner = memoryStorage();
    refused();
  }
  return {
    get kind() {
      return inner.kind;
    },
    async transact(stores, work) {
      const before = inner;
      try {
        return await before.transact(stores, work);
      } catch (error) {
        if (before.kind === 'memory' || !isRefusal(error)) throw error;
        if (inner === before) {
          inner = memoryStorage(await before.transact(STORES, readAll));
          before.close();
          refused();
        }
        return inner.transact(stores, work);
      }
    },
    close: () => inner.close(),
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError';
}

type Everything = Map<StoreName, Map<Key, unknown>>;

async function readAll(tx: Transaction<StoreName>): Promise<Everything> {
  const everything: Everything = new Map();
  for (const store of STORES) everything.set(store, new Map(await tx.all(store)));
  return everything;
}

async function openPersistent(name: string): Promise<Storage> {
  const database = await openDB(name, DATABASE_VERSION, {
    upgrade(db) {
      for (const store of STORES) if (!db.objectStoreNames.contains(store)) db.createObjectStore(store);
    },
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
  return persistentStorage(database);
}

function persistentStorage(database: IDBPDatabase): Storage {
  const page = watchPageLife();
  return {
    kind: 'persistent',
    async transact(stores, work) {
      await page.shown();
      const tx = database.transaction([...stores], 'readwrite');
      const watched = page.abortOnHide(tx);
      const done = tx.done;
      done.catch(() => undefined); // an abort is reported once, by the throw below
      try {
        const result = await work({
          get: (store, key) => tx.objectStore(store).get(key),
          put: async (store, key, value) => void (await tx.objectStore(store).put(value, key)),
          delete: (store, key) => tx.objectStore(store).delete(key),
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
          // it is over already
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

export function memoryStorage(held: Everything = new Map()): Storage {
  let stores: Everything = new Map(STORES.map((store) => [store, held.get(store) ?? new Map()]));
  let tail: Promise<unknown> = Promise.resolve();
  return {
    kind: 'memory',
    transact(names, work) {
      const run = async (): ReturnType<typeof work> => {
        const draft = new Map(stores);
        for (const name of names) draft.set(name, new Map(stores.get(name)));
        const of = (name: StoreName): Map<Key, unknown> => draft.get(name) ?? new Map();
        const sorted = (name: StoreName): [Key, unknown][] => [...of(name)].sort(([a], [b]) => (a < b ? -1 : 1));
        const result = await work({
          get: async (store, key) => of(store).get(key) as never,
          put: async (store, key, value) => void of(store).set(key, structuredClone(value)),
          delete: async (store, key) => void of(store).delete(key),
          all: async (store) => sorted(store) as never,
          last: async (store) => sorted(store).at(-1) as never,
        });
        stores = draft;
        return result;
      };
      const turn = tail.then(run);
      tail = turn.catch(() => undefined);
      return turn;
    },
    close: () => stores.clear(),
  };
}
