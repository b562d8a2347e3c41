/** An entry that many subjects match at once opens cases by exact matches alone, until a lead releases it. */
import { parseFeedback } from '@lodestone/protocol/feedback';
import { DAY_MS, toDay } from '@lodestone/protocol/time';
import { windowOf } from '@lodestone/trust';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCaseFile } from '../../src/cases/list-cases.ts';
import { findFloods } from '../../src/floods/find.ts';
import { listFloods, questionEntry, releaseEntry } from '../../src/floods/decide.ts';
import { storeBatch } from '../../src/ingest/store.ts';
import { loadOrders } from '../../src/sources/load-orders.ts';
import { LIST, MODEL } from '../support/documents.ts';
import { as, reviewOf } from '../support/review.ts';
import { NOON, type Subject, type World } from '../support/world.ts';

/** No other suite has matches on these entries. */
const [ENTRY, OTHER, THIRD] = [201, 202, 203];
const LEAST = 4;

export function floodsWaitForALead(the: () => World): void {
  const { db, token, caseNoOf, stateOf, addPeople, isRefused } = reviewOf(the);
  beforeAll(async () => {
    await addPeople();
    await db().deleteFrom('floods').execute();
  });
  afterAll(() => db().deleteFrom('floods').execute());

  const store = async (subject: Subject, entry: number, evidence: 'exact' | 'confirmed', now = NOON): Promise<void> => {
    const order = (await loadOrders(db())).orders.get(the().digests.pseudonym);
    if (!order) throw new Error('no order');
    const arrivalDay = toDay(now);
    const item = {
      reference: LIST,
      threshold: 2,
      withinDays: 10,
      countingWindowStart: windowOf(10, arrivalDay).firstDay,
    };
    const confirmBucket = evidence === 'exact' ? 0 : 9;
    const signal = the().match({ ...subject.id(), entry, evidence, confirmBucket, day: arrivalDay });
    await storeBatch(db(), [{ outcome: 'counted', signal, order, item, arrivalDay }], now);
  };
  const find = (now = NOON) => findFloods({ db: db(), least: LEAST, log: pino({ level: 'silent' }) }, now);
  const flood = async () => (await listFloods(db(), as('lea'))).find(({ entry }) => entry === ENTRY);
  const fileOf = async (subject: Subject) => readCaseFile(db(), as('lea'), await caseNoOf(subject));

  const proposed: Subject[] = [];
  test('below the number of subjects nothing happens; at it, the entry is quarantined once, and confirmed matches on it do not count', async () => {
    for (let i = 0; i < LEAST; i++) {
      const subject = await the().subject();
      proposed.push(subject);
      if (i === LEAST - 1) {
        await find();
        expect(await flood()).toBeUndefined();
      }
      for (const entry of [ENTRY, OTHER + i]) await store(subject, entry, 'confirmed');
    }
    const first = proposed[0] as Subject;
    expect(await fileOf(first)).toMatchObject({ case: { state: 'proposed', isAboveThreshold: true, entries: 2 } });
    const found = await Promise.all([find(), find(), find()]); // as several receivers do
    expect(found.toSorted()).toEqual([0, 0, 1]);
    expect(await flood()).toMatchObject({ state: 'quarantined', subjects: LEAST, cases: LEAST, sinceDay: toDay(NOON) });
    expect(await find()).toBe(0);
    expect(await fileOf(first)).toMatchObject({ case: { state: 'proposed', isAboveThreshold: false } });
    const late = await the().subject();
    for (const entry of [ENTRY, THIRD]) await store(late, entry, 'confirmed');
    expect(await caseNoOf(late)).toBe(0);
  });

  test('exact matches on it open cases all the same, and are marked', async () => {
    const subject = await the().subject();
    for (const entry of [ENTRY, THIRD]) await store(subject, entry, 'exact');
    expect(await stateOf(await caseNoOf(subject))).toMatchObject({ state: 'new' });
    expect((await fileOf(subject)).evidence?.entries).toMatchObject([
      { entry: ENTRY, isFlood: true },
      { entry: THIRD, isFlood: false },
    ]);
  });

  test('a lead questions the entry: one line for the list’s authority; it stays held back', async () => {
    const { floodNo = 0 } = (await flood()) ?? {};
    await expect(questionEntry(db(), token('ada'), floodNo, NOON)).rejects.toMatchObject(isRefused('is for a lead'));
    const line = await questionEntry(db(), token('lea'), floodNo, NOON);
    expect(parseFeedback(line)).toEqual([
      {
        schema: 'lodestone/feedback/v1',
        list: 'known',
        entry: ENTRY,
        reason: 'flood',
        evidence: 'exact',
        day: '2026-11-24',
      },
    ]);
    expect(await flood()).toMatchObject({ state: 'questioned' });
    expect(await fileOf(proposed[0] as Subject)).toMatchObject({ case: { isAboveThreshold: false } });
    await expect(listFloods(db(), as('otto'))).rejects.toMatchObject(isRefused('do not see it'));
  });

  test('a lead releases the entry: what was held back counts, and it is quarantined again only by ten times as many', async () => {
    const { floodNo = 0 } = (await flood()) ?? {};
    await expect(releaseEntry(db(), token('ada'), floodNo, NOON)).rejects.toMatchObject(isRefused('is for a lead'));
    await releaseEntry(db(), token('lea'), floodNo, NOON);
    for (const subject of proposed)
      expect(await fileOf(subject)).toMatchObject({ case: { state: 'proposed', isAboveThreshold: true } });
    await find();
    expect(await flood()).toMatchObject({ state: 'released' });
    await expect(releaseEntry(db(), token('lea'), floodNo, NOON)).rejects.toMatchObject(isRefused('released already'));
    await expect(questionEntry(db(), token('lea'), floodNo, NOON)).rejects.toMatchObject(isRefused('is released'));
    await expect(releaseEntry(db(), token('lea'), 999_999, NOON)).rejects.toMatchObject(isRefused('no flood'));
    await db().updateTable('floods').set({ subjects: 0 }).where('floodNo', '=', floodNo).execute();
    await find();
    expect(await flood()).toMatchObject({ state: 'quarantined', floodNo });
  });

  test('what is usual for an entry is no flood', async () => {
    const usual = 210;
    for (const day of [-9, -6, -3, 0])
      for (let i = 0; i < LEAST; i++) await store(await the().subject(), usual, 'exact', NOON + day * DAY_MS);
    await find();
    expect((await listFloods(db(), as('lea'))).map(({ entry }) => entry)).not.toContain(usual);
  });

  test('a flood of a model has no authority of lists', async () => {
    const { floodNo } = await db()
      .insertInto('floods')
      .values({
        reference: MODEL,
        kind: 'sensitive',
        entry: 0,
        state: 'quarantined',
        sinceDay: toDay(NOON),
        subjects: 9,
      })
      .returning('floodNo')
      .executeTakeFirstOrThrow();
    await expect(questionEntry(db(), token('lea'), floodNo, NOON)).rejects.toMatchObject(isRefused('of a model'));
  });
}
