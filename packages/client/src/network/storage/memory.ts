/**
 * Storage that lives as long as the page, with the transactions of the persistent one.
 * Flow: storage falls back to it; unit tests use it. Spec: docs/design/signed-inputs.md#storage
 */
import { type Key, STORE_NAMES, type StoreName } from './records.ts';
import type { Storage } from './transaction.ts';

/** Store name → key → record. */
export type Everything = Map<StoreName, Map<Key, unknown>>;

export function memoryStorage(initial: Everything = new Map()): Storage {
  let stores: Everything = new Map(STORE_NAMES.map((store) => [store, initial.get(store) ?? new Map()]));
  let tail: Promise<unknown> = Promise.resolve();
  return {
    kind: 'memory',
    transact(names, work) {
      const run = async (): ReturnType<typeof work> => {
        const draft = new Map(stores);
        for (const name of names) draft.set(name, new Map(stores.get(name)));
        const recordsOf = (name: StoreName): Map<Key, unknown> => draft.get(name) ?? new Map();
        const sorted = (name: StoreName): [Key, unknown][] => [...recordsOf(name)].sort(([a], [b]) => (a < b ? -1 : 1));
        const result = await work({
          get: async (store, key) => recordsOf(store).get(key) as never,
          put: async (store, key, value) => void recordsOf(store).set(key, structuredClone(value)),
          delete: async (store, key) => void recordsOf(store).delete(key),
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
