/** The figures of a year are the same before and after retention, dismissal and erasure, and nothing in them leads to a subject. */
import { toHex } from '@lodestone/protocol/bytes';
import { type Day, toDay } from '@lodestone/protocol/time';
import { sql } from 'kysely';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { endCases } from '../../src/cases/end-cases.ts';
import { DEFAULT_CONFIG } from '../../src/config.ts';
import type { Dimension, Measure } from '../../src/db/schema-report.ts';
import { exportCase } from '../../src/exports/export-case.ts';
import { DEFINITIONS } from '../../src/report/breakdowns.ts';
import { buildReport } from '../../src/report/build.ts';
import { readYear } from '../../src/report/read-year.ts';
import { rollUpCounts } from '../../src/report/roll-up.ts';
import { as, reviewOf } from '../support/review.ts';
import { STATEMENT } from '../support/report-year.ts';
import { NOON, type World } from '../support/world.ts';
import { trusted } from '../support/trusted-time.ts';

const DAY = 86_400_000;
const LIST = 'lists:v1/lists/known/manifest.json';

export function theYearlyReportOutlastsWhatItCounts(the: () => World): void {
  const { db, token, act, newCase, addPeople, isRefused } = reviewOf(the);
  beforeAll(addPeople);
  afterEach(() => {
    the().now = NOON;
  });

  const figures = (year = 2026) =>
    db()
      .transaction()
      .execute((tx) => readYear(tx, year));
  type Wanted = readonly [measure: Measure, dimension: Dimension, key: string];
  const counts = async (wanted: readonly Wanted[]): Promise<number[]> => {
    const year = await figures();
    return wanted.map(([measure, dimension, key]) => year.by(measure, dimension).get(key) ?? 0);
  };
  /** By how much each grows. */
  const growth = async (wanted: readonly Wanted[], run: () => Promise<unknown>): Promise<number[]> => {
    const before = await counts(wanted);
    await run();
    return (await counts(wanted)).map((count, i) => count - (before[i] ?? 0));
  };
  const report = (year: number, now: number, name: 'lea' | 'otto' | 'ada' | 'root' = 'lea') =>
    buildReport({ db: db(), config: DEFAULT_CONFIG, user: as(name) }, { ...STATEMENT, year }, now);
  const confirm = async (caseNo: number): Promise<void> => {
    for (const name of ['ada', 'bo'] as const) {
      await act(name, 'take', caseNo);
      await act(name, 'confirm', caseNo);
    }
  };

  const SIGNALS: readonly Wanted[] = [
    ['signals', 'order', 'orders:pseudonym'],
    ['signals', 'order', 'orders:none'],
    ['signals', 'list', LIST],
    ['signals', 'surface', 'send'],
    ['signals', 'media', 'image'],
    ['signals', 'evidence', 'exact'],
  ];

  test('signals count by order, list, surface, medium and evidence, also without a subject, and an erasure changes none of it', async () => {
    const world = the();
    const subject = await world.subject();
    const send = async (): Promise<void> => {
      await world.send(world.match({ ...subject.id(), entry: 91 }));
      await world.send(world.match({ ...subject.id(), entry: 92 }));
      await world.send(world.match({ orderDigest: world.digests.none }));
    };
    expect(await growth(SIGNALS, send)).toEqual([2, 1, 3, 3, 3, 3]);
    const erase = () => world.receiver.erase(toHex(subject.pseudonym), token('lea'));
    expect(await growth(SIGNALS, erase)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('a dismissed case stays counted after it is deleted: by technology, list, surface, order, reason and days', async () => {
    const wanted: readonly Wanted[] = [
      ['cases', 'event', 'opened'],
      ['dismissed', 'technology', 'exact'],
      ['dismissed', 'list', LIST],
      ['dismissed', 'surface', 'send'],
      ['dismissed', 'order', 'orders:pseudonym'],
      ['dismissed', 'reason', 'wrong-match'],
      ['daysToReview', 'days', '3'],
      ['daysToDecision', 'days', '3'],
    ];
    const dismiss = async (): Promise<void> => {
      const { caseNo } = await newCase([93, 94]);
      the().now = NOON + 3 * DAY;
      await act('ada', 'take', caseNo);
      await act('ada', 'release', caseNo);
      await act('ada', 'take', caseNo);
      await act('ada', 'dismiss', caseNo, { reason: 'wrong-match', text: 'A harbour.' });
      await endCases(db(), DEFAULT_CONFIG, trusted(the().now));
      expect(await db().selectFrom('cases').select('caseNo').where('caseNo', '=', caseNo).execute()).toEqual([]);
    };
    const before = await figures();
    expect(await growth(wanted, dismiss)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    const after = await figures();
    const [was, is] = [before, after].map((year) => DEFINITIONS.totals.read(year));
    expect((is?.get('dismissed') ?? 0) - (was?.get('dismissed') ?? 0)).toBe(1);
    const deleted = [before, after].map((year) => DEFINITIONS.deletions.read(year).get('dismissed') ?? 0);
    expect((deleted[1] ?? 0) - (deleted[0] ?? 0)).toBeGreaterThanOrEqual(1);
  });

  test('an overturned confirmation counts under what it was confirmed on, also when its signals are gone; a test export is no report', async () => {
    const wanted: readonly Wanted[] = [
      ['confirmed', 'technology', 'exact'],
      ['exports', 'format', 'csv'],
      ['exports', 'format', 'test'],
      ['overturned', 'technology', 'exact'],
      ['overturned', 'surface', 'send'],
      ['overturned', 'reason', 'account-misused'],
      ['daysToOutcome', 'days', '2'],
    ];
    const overturn = async (): Promise<void> => {
      const { caseNo } = await newCase([95, 96]);
      await confirm(caseNo);
      for (const isReal of [true, false])
        await exportCase(db(), token('lea'), { caseNo, format: 'csv', isReal }, NOON, () => '');
      await sql`delete from signals where window_no in
        (select window_no from counting_windows where case_no = ${caseNo}::integer)`.execute(db());
      await act('ada', 'contest', caseNo, { text: 'A second look.' });
      the().now = NOON + 2 * DAY;
      await act('lea', 'overturn', caseNo, { reason: 'account-misused', text: 'A stolen phone.' });
    };
    expect(await growth(wanted, overturn)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  test('a clock that is set back makes no negative time, and counts in its own month', async () => {
    const { caseNo } = await newCase([97, 98]);
    the().now = NOON - 30 * DAY;
    await act('ada', 'take', caseNo);
    await act('ada', 'dismiss', caseNo, { reason: 'not-enough', text: 'Too little.' });
    const rows = await db()
      .selectFrom('monthlyCounts')
      .select(['month', 'key'])
      .where('measure', '=', 'daysToDecision')
      .where('month', '=', '2026-10' as never)
      .execute();
    expect(rows).toEqual([{ month: '2026-10', key: '0' }]);
  });

  test('daily counts become totals of their month once, when their days are over', async () => {
    const orders = await db()
      .selectFrom('orders')
      .select('orderNo')
      .where('orderId', '=', 'none' as never)
      .execute();
    const orderNo = orders[0]?.orderNo ?? 0;
    const days = [Date.UTC(2022, 11, 31), Date.UTC(2023, 0, 1), Date.UTC(2023, 0, 31), Date.UTC(2023, 11, 31)].map(
      toDay,
    );
    for (const day of days) await db().insertInto('orderCounts').values({ orderNo, day, signals: 7 }).execute();
    const zero = Object.fromEntries(Object.keys(await the().receiver.counts()).map((outcome) => [outcome, 0]));
    for (const day of days)
      await db()
        .insertInto('counts')
        .values({ ...zero, day, cover: 40, decryptionFailed: 2 } as never)
        .execute();
    const read = async () => {
      const year = await figures(2023);
      return [year.byMonth('signals', 'order'), year.by('signals', 'order'), year.by('requests', 'outcome')].map(
        (map) => Object.fromEntries([...map].filter(([, count]) => count > 0)),
      );
    };
    const expected = [{ '01': 14, '12': 7 }, { 'orders:none': 21 }, { cover: 120, decryptionFailed: 6 }];
    expect(await read()).toEqual(expected);
    await rollUpCounts(db(), toDay(Date.UTC(2023, 5, 1)));
    expect(await read()).toEqual(expected);
    for (const _ of [1, 2]) await rollUpCounts(db(), toDay(Date.UTC(2024, 0, 1)));
    expect(await read()).toEqual(expected);
    const left = await db()
      .selectFrom('counts')
      .select('day')
      .where('day', '<', toDay(Date.UTC(2024, 0, 1)))
      .execute();
    expect(left).toEqual([]);
  });

  test('the database refuses a smaller total, and the deletion of one', async () => {
    for (const change of [
      'update monthly_counts set count = count - 1',
      'delete from monthly_counts',
      'truncate monthly_counts',
    ])
      await expect(sql.raw(change).execute(db())).rejects.toThrow('never becomes smaller');
  });

  test('no total has a pseudonym, an entry or a receipt', async () => {
    const rows = await db().selectFrom('monthlyCounts').selectAll().execute();
    const keys = rows.map(({ key }) => key);
    expect(keys.filter((key) => /[0-9a-f]{16}|[A-Z2-7]{4}-/.test(key))).toEqual([]);
    expect(Object.keys(rows[0] ?? {}).sort()).toEqual(['count', 'dimension', 'key', 'measure', 'month']);
  });

  test('a lead or an auditor writes it; a year that has not begun is refused; one without data has zeros', async () => {
    for (const name of ['ada', 'root'] as const)
      await expect(report(2026, NOON, name)).rejects.toMatchObject(isRefused('report is for a lead or auditor'));
    await expect(report(2027, NOON)).rejects.toMatchObject({
      code: 'ERR_RECEIVER',
      message: expect.stringContaining('2027 has not begun: by the clock of this machine it is 2026-11-24'),
    });
    const empty = await report(2010, NOON, 'otto');
    expect(empty).toMatchObject({ year: 2010, isFinal: true, orders: [], countedSince: null });
    expect(Object.values(empty.breakdowns).flatMap((rows) => rows.filter(({ year }) => year !== 0))).toEqual([]);
    const current = await report(2026, NOON);
    expect(current.isFinal).toBe(false);
    expect(current.orders.map(({ orderId, basis }) => [orderId, basis])).toContainEqual(['pseudonym', 'order']);
  });

  test('a year ends with it in UTC, and is not final while a signal of it waits for its order', async () => {
    const at = Date.UTC(2026, 1, 1);
    expect((await report(2025, at)).isFinal).toBe(true);
    const newYear = Date.UTC(2026, 0, 1);
    expect((await report(2025, newYear)).isFinal).toBe(true);
    expect((await report(2025, newYear - 1)).isFinal).toBe(false);
    await expect(report(2026, newYear - 1)).rejects.toMatchObject({ code: 'ERR_RECEIVER' });
    const signalId = new Uint8Array(16).fill(0xee);
    const arrivalDay = toDay(Date.UTC(2025, 11, 31));
    await db()
      .insertInto('signalIds')
      .values({ signalId, deleteAfter: (arrivalDay + 100) as Day })
      .execute();
    await db()
      .insertInto('waiting')
      .values({
        signalId,
        plaintext: new Uint8Array(192),
        orderDigest: 'ab' as never,
        manifestDigest: 'cd' as never,
        isVerified: true,
        arrivalDay,
      })
      .execute();
    expect((await report(2025, at)).isFinal).toBe(false);
    await db().deleteFrom('signalIds').where('signalId', '=', signalId).execute();
  });
}
