import { DAY_MS, type DetectionOrder, toInstant } from '@lodestone/protocol';
import { expect, test } from 'vitest';
import { dueNotices, noticeDue, openNotices } from '../src/network/notices.ts';
import type { StoredNotice } from '../src/network/storage/records.ts';
import { memoryStorage } from '../src/network/storage/memory.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const notice = (id: string, due: number): StoredNotice => ({ id, orderDigest: 'a'.repeat(64) as never, due });

test.each<[string, DetectionOrder['notify'], number]>([
  ['immediately', { user: 'immediately' }, NOW],
  ['after 30 days', { user: 'after', days: 30 }, NOW + 30 * DAY_MS],
])('a notice of an order that notifies %s is due then', (_, notify, due) => {
  expect(noticeDue({ notify }, NOW)).toBe(due);
});

test('a notice is shown from the moment it is due, with that time', () => {
  const stored = [notice('a', NOW), notice('b', NOW + 1)];
  expect(dueNotices(stored, NOW - 1)).toEqual([]);
  expect(dueNotices(stored, NOW)).toMatchObject([{ id: 'a', since: toInstant(NOW) }]);
  expect(dueNotices(stored, NOW + 1)).toHaveLength(2);
});

test('a notice is shown until the host acknowledges it', async () => {
  const storage = memoryStorage();
  const shown: string[][] = [];
  const notices = openNotices({
    storage,
    now: () => NOW,
    onChange: (due) => shown.push(due.map(({ id }) => id)),
    stop: new AbortController().signal,
  });
  await storage.transact(['notices'], async (tx) => {
    await tx.put('notices', 'a', notice('a', NOW));
    await tx.put('notices', 'b', notice('b', NOW));
  });
  await notices.refresh();
  await notices.refresh();
  await notices.acknowledge('a');
  expect(shown).toEqual([['a', 'b'], ['a', 'b'], ['b']]);
});
