/** If the browser refuses storage, the guard continues in memory, and its status says so. */
import { lastDayOf, parseMonth } from '@lodestone/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createGuard, type Guard } from '../src/index.ts';
import { openStorage } from '../src/network/storage/storage.ts';
import { testPicture } from '../src/testing/index.ts';
import { MovedClock } from './send-slots.ts';
import { World } from './world.ts';

let world: World;
let guard: Guard | undefined;
let name = '';

beforeEach(async () => {
  name = `storage ${crypto.randomUUID()}`;
  world = await World.create(Date.now());
  vi.stubGlobal('fetch', world.fetch);
});
afterEach(() => {
  guard?.dispose();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  indexedDB.deleteDatabase(name);
});

async function sendsASignal(): Promise<void> {
  const clock = new MovedClock();
  guard = createGuard(world.options({ storageName: name }));
  await vi.waitFor(() => expect(guard?.status.lists[0]?.release).toBeDefined(), { timeout: 10_000 });
  expect(await guard.check(testPicture(), { surface: 'send' })).toMatchObject({ outcome: 'match', action: 'block' });
  await clock.untilSent(guard, () => expect(world.signals()).toHaveLength(1));
}

test('storage is persistent if nothing is refused', async () => {
  await sendsASignal();
  expect(guard?.status.storage).toBe('persistent');
});
test('storage that is refused at the start (private mode) is memory', async () => {
  vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  await sendsASignal();
  expect(guard?.status.storage).toBe('memory');
});
test('storage that is refused later (quota) becomes memory', async () => {
  const put = IDBObjectStore.prototype.put;
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args) {
    if (this.name === 'file-parts') throw new DOMException('full', 'QuotaExceededError');
    return put.apply(this, args);
  });
  await sendsASignal();
  expect(guard?.status.storage).toBe('memory');
});

test('after storage was refused, no stored subject id is taken: another tab may have the same ones in memory', async () => {
  const batch = {
    account: 'a',
    month: parseMonth('2026-11'),
    pseudonym: new Uint8Array(16).fill(1),
    lastDay: lastDayOf(parseMonth('2026-11')),
    unused: [{ signalId: new Uint8Array(16), signature: new Uint8Array(64) }],
  };
  const storage = await openStorage(name, () => undefined);
  await storage.transact(['subject-ids'], (tx) => tx.put('subject-ids', 'a', batch));
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  await storage.transact(['file-parts'], (tx) => tx.put('file-parts', 'a', new ArrayBuffer(1)));
  expect(storage.kind).toBe('memory');
  expect(await storage.transact(['subject-ids'], (tx) => tx.all('subject-ids'))).toEqual([
    ['a', { ...batch, unused: [], isGivenUp: true }],
  ]);
  storage.close();
});

describe('a transaction', () => {
  test.each(['persistent', 'memory'] as const)('applies completely or not at all (%s)', async (kind) => {
    if (kind === 'memory')
      vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => {
        throw new DOMException('denied', 'SecurityError');
      });
    const storage = await openStorage(name, () => undefined);
    expect(storage.kind).toBe(kind);
    await storage.transact(['file-parts'], (tx) => tx.put('file-parts', 'a', Uint8Array.of(1).buffer));
    const failing = storage.transact(['file-parts'], async (tx) => {
      await tx.put('file-parts', 'a', Uint8Array.of(2).buffer);
      await tx.delete('file-parts', 'b');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await storage.transact(['file-parts'], (tx) => tx.all('file-parts'))).toEqual([
      ['a', Uint8Array.of(1).buffer],
    ]);
    storage.close();
  });
});
