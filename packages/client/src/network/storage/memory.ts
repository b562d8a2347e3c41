/**
 * Storage in memory, for the lifetime of the page, with the same transactions as the persistent one.
 * Flow: storage falls back to it; unit tests use it. Spec: docs/design/signed-inputs.md#storage
 */
import { type Key, STORE_NAMES, type StoreName } from './records.ts';
import type { Storage } from './transaction.ts';

/** Store name → key → record. */
export type Everything = Map<StoreName, Map<Key, unknown>>;

export function memoryStorage(initial: Everything = new Map()): Storage {
  const stores: Everything = new Map(STORE_NAMES.map((name) => [name, new Map(initial.get(name))]));
  const recordsOf = (name: StoreName): Map<Key, unknown> => stores.get(name) ?? new Map();
  let tail: Promise<unknown> = Promise.resolve();
  return {
    kind: 'memory',
    transact(_names, work) {
      const run = async (): ReturnType<typeof work> => {
        const undo: (() => void)[] = [];
        const change = (name: StoreName, key: Key, apply: (records: Map<Key, unknown>) => void): void => {
          const records = recordsOf(name);
          const before = records.get(key);
          undo.push(() => (before === undefined ? records.delete(key) : records.set(key, before)));
          apply(records);
        };
        try {
          return await work({
            get: async (name, key) => recordsOf(name).get(key) as never,
            put: async (name, key, value) => {
              const copy = structuredClone(value);
              change(name, key, (records) => records.set(key, copy));
            },
            delete: async (name, key) => change(name, key, (records) => records.delete(key)),
            keys: async (name) => [...recordsOf(name).keys()].sort((a, b) => (a < b ? -1 : 1)),
            all: async (name) => [...recordsOf(name)].sort(([a], [b]) => (a < b ? -1 : 1)) as never,
            last: async (name) => lastOf(recordsOf(name)) as never,
          });
        } catch (error) {
          for (const revert of undo.reverse()) revert();
          throw error;
        }
      };
      // One transaction after the other, so that none reads a partial result of another.
      const turn = tail.then(run);
      tail = turn.catch(() => undefined);
      return turn;
    },
    close: () => stores.clear(),
  };
}

function lastOf(records: ReadonlyMap<Key, unknown>): [Key, unknown] | undefined {
  let last: [Key, unknown] | undefined;
  for (const entry of records) if (!last || entry[0] > last[0]) last = entry;
  return last;
}
