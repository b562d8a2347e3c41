import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryStorage } from '../src/network/storage/memory.ts';
import type { StoredNotice } from '../src/network/storage/records.ts';
import type { Storage } from '../src/network/storage/transaction.ts';

interface Change {
  key: string;
  /** Undefined deletes the record. */
  due: number | undefined;
}
const changes = fc.array(
  fc.record({ key: fc.constantFrom('a', 'b', 'c'), due: fc.option(fc.nat(9), { nil: undefined }) }),
);
const all = (storage: Storage) => storage.transact(['notices'], (tx) => tx.all('notices'));

function apply(storage: Storage, list: readonly Change[], fails: boolean): Promise<void> {
  return storage.transact(['notices'], async (tx) => {
    for (const { key, due } of list) {
      if (due === undefined) await tx.delete('notices', key);
      else await tx.put('notices', key, { id: key, orderDigest: '', due } as StoredNotice);
    }
    if (fails) throw new Error('test');
  });
}

test('memory applies a transaction completely or not at all', async () => {
  await fc.assert(
    fc.asyncProperty(changes, changes, async (first, second) => {
      const [changed, untouched] = [memoryStorage(), memoryStorage()];
      for (const storage of [changed, untouched]) await apply(storage, first, false);
      await expect(apply(changed, second, true)).rejects.toThrow('test');
      expect(await all(changed)).toEqual(await all(untouched));
    }),
  );
});

test('transactions of memory run one after the other', async () => {
  const storage = memoryStorage();
  const increment = (): Promise<void> =>
    storage.transact(['notices'], async (tx) => {
      const due = (await tx.get('notices', 'a'))?.due ?? 0;
      await tx.put('notices', 'a', { id: 'a', due: due + 1 } as StoredNotice);
    });
  await Promise.all(Array.from({ length: 20 }, increment));
  expect((await all(storage))[0]?.[1].due).toBe(20);
});

test('the last record is the one with the highest key', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(), { minLength: 1 }), async (keys) => {
      const storage = memoryStorage();
      const last = await storage.transact(['signals'], async (tx) => {
        for (const seq of keys) await tx.put('signals', seq, { seq } as never);
        return tx.last('signals');
      });
      expect(last?.[0]).toBe(Math.max(...keys));
    }),
  );
});
