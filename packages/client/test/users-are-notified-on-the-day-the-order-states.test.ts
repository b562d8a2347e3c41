/** Notices: due on the day that the order states, for the account that matched, until the host acknowledges them. */
import { type Day, toDay, toInstant, DAY_MS } from '@lodestone/protocol';
import { expect, test } from 'vitest';
import { dueNotices, noticeOf, openNotices } from '../src/network/notices.ts';
import { memoryStorage } from '../src/network/storage/memory.ts';
import type { ReleaseNotice } from '../src/status.ts';
import { MODEL } from './world.ts';
import type { NoticeTerms, StoredNotice } from '../src/network/storage/records.ts';

const TODAY = toDay(Date.UTC(2026, 10, 24));
const terms: NoticeTerms = { account: 'aa', orderDigest: 'a'.repeat(64) as never, afterDays: 0, receipt: 'ABCD-EFGH' };
const notice = (id: string, change: Partial<StoredNotice> = {}): StoredNotice => ({
  ...noticeOf(terms, TODAY),
  id,
  ...change,
});

test.each<[string, number]>([
  ['immediately', 0],
  ['after 30 days', 30],
])('a notice of an order that notifies %s is due on that day', (_, afterDays) => {
  const stored = noticeOf({ ...terms, afterDays }, TODAY);
  expect(stored).toMatchObject({ due: TODAY + afterDays, delivery: 'may-have-been-sent' });
  expect(dueNotices([stored], 'aa', (TODAY + afterDays - 1) as Day)).toEqual([]);
  expect(dueNotices([stored], 'aa', (TODAY + afterDays) as Day)).toMatchObject([
    { since: toInstant((TODAY + afterDays) * DAY_MS), delivery: 'may-have-been-sent', receipt: 'ABCD-EFGH' },
  ]);
});

test.each([0, 30])(
  'a notice that was stored while the clock was 60 days ahead is shown (%i days later is due)',
  (afterDays) => {
    const stored = noticeOf({ ...terms, afterDays }, (TODAY + 60) as Day);
    expect(dueNotices([stored], 'aa', TODAY)).toMatchObject([{ since: toInstant(TODAY * DAY_MS) }]);
    // A clock may be a day ahead.
    expect(dueNotices([noticeOf({ ...terms, afterDays }, (TODAY + 1) as Day)], 'aa', TODAY)).toEqual([]);
  },
);

test('a notice without a receipt has none, and no notice names its account', () => {
  const { receipt: _, ...anonymous } = terms;
  const [shown] = dueNotices([noticeOf(anonymous, TODAY)], 'aa', TODAY);
  expect(Object.keys(shown ?? {}).sort()).toEqual(['delivery', 'id', 'kind', 'orderDigest', 'since']);
});

test('a notice of another account is not shown', () => {
  const stored = [notice('a'), notice('b', { account: 'bb' })];
  expect(dueNotices(stored, 'bb', TODAY).map(({ id }) => id)).toEqual(['b']);
  expect(dueNotices(stored, '', TODAY)).toEqual([]);
});

test('a notice is shown until the host acknowledges it, and is deleted then; those of lists and models follow', async () => {
  const storage = memoryStorage();
  const shown: string[][] = [];
  const stored: string[] = [];
  const ofModel: ReleaseNotice = { kind: 'model-replaced', id: 'm', reference: MODEL, orders: [], from: 1, to: 2 };
  const notices = openNotices({
    storage,
    account: 'aa',
    ofReleases: () => [ofModel],
    onStored: () => stored.push('deleted'),
    now: () => TODAY * DAY_MS,
    onChange: (due) => shown.push(due.map(({ id }) => id)),
    stop: new AbortController().signal,
  });
  await storage.transact(['notices'], async (tx) => {
    for (const id of ['a', 'b']) await tx.put('notices', id, notice(id));
  });
  await notices.refresh();
  await notices.refresh();
  await notices.acknowledge('a');
  expect(shown).toEqual([
    ['a', 'b', 'm'],
    ['a', 'b', 'm'],
    ['b', 'm'],
  ]);
  expect(await storage.transact(['notices'], (tx) => tx.all('notices'))).toHaveLength(1);
  expect(stored).toEqual(['deleted']);
});
