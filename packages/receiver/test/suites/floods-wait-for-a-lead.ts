/** An entry that many subjects match at once opens cases by exact matches alone, until a lead releases it. */
import type { FloodAction } from '@lodestone/protocol/case-record';
import { parseFeedback } from '@lodestone/protocol/feedback';
import type { TargetReference } from '@lodestone/protocol/paths';
import { DAY_MS, toDay } from '@lodestone/protocol/time';
import { windowOf } from '@lodestone/trust';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCaseFile } from '../../src/cases/list-cases.ts';
import { findFloods } from '../../src/floods/find.ts';
import { judgeEntry } from '../../src/cases/judge-windows.ts';
import { decideFlood, floodFeedback } from '../../src/floods/decide.ts';
import { type Flood, listFloods, readFlood } from '../../src/floods/list.ts';
import { storeBatch } from '../../src/ingest/store.ts';
import { loadOrders } from '../../src/sources/load-orders.ts';
import { LIST, MODEL } from '../support/documents.ts';
import { as, type Person, reviewOf } from '../support/review.ts';
import { NOON, type Subject, type World } from '../support/world.ts';

/** No other suite has matches on these entries: each test takes new ones. */
const entries = Array.from({ length: 90 }, (_, i) => 201 + i).values();
const newEntry = (): number => entries.next().value ?? 0;
const LEAST = 4;
const WHY = { reason: 'not-known', text: 'So many at once.' } as const;

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
  /** A new subject who matches the entry and another one. */
  const subjectOf = async (entry: number, evidence: 'exact' | 'confirmed' = 'confirmed'): Promise<Subject> => {
    const subject = await the().subject();
    for (const each of [entry, newEntry()]) await store(subject, each, evidence);
    return subject;
  };
  const find = (now = NOON) => findFloods({ db: db(), least: LEAST, log: pino({ level: 'silent' }) }, now);
  const floods = async () => (await listFloods(db(), as('lea'), { limit: 200 })) as Flood[];
  const floodOf = async (entry: number) => (await floods()).find((each) => each.entry === entry);
  const fileOf = async (subject: Subject) => readCaseFile(db(), as('lea'), await caseNoOf(subject));
  /** An entry that subjects matched before it was quarantined. */
  const inFlood = async (evidence: ('exact' | 'confirmed')[] = ['confirmed', 'confirmed']) => {
    const entry = newEntry();
    const subjects = [];
    for (const each of evidence) subjects.push(await subjectOf(entry, each));
    const { floodNo } = await db()
      .insertInto('floods')
      .values({ reference: LIST, kind: 'match', entry, state: 'quarantined', sinceDay: toDay(NOON), subjects: 100 })
      .returning('floodNo')
      .executeTakeFirstOrThrow();
    await db()
      .transaction()
      .execute((tx) => judgeEntry(tx, { reference: LIST, entry }, toDay(NOON)));
    return { entry, floodNo, subjects };
  };
  const decide = (name: Person, floodNo: number, action: FloodAction, now = NOON) =>
    decideFlood(db(), token(name), { floodNo, action, ...WHY }, now);

  test('below the number of subjects nothing happens; at it, the entry is quarantined once, and confirmed matches on it do not count', async () => {
    const entry = newEntry();
    const proposed: Subject[] = [];
    for (let i = 0; i < LEAST; i++) {
      if (i === LEAST - 1) {
        await find();
        expect(await floodOf(entry)).toBeUndefined();
      }
      proposed.push(await subjectOf(entry));
    }
    const first = proposed[0] as Subject;
    expect(await fileOf(first)).toMatchObject({ case: { state: 'proposed', isAboveThreshold: true, entries: 2 } });
    const found = await Promise.all([find(), find(), find()]); // as several receivers do
    expect(found.toSorted()).toEqual([0, 0, 1]);
    expect(await floodOf(entry)).toMatchObject({
      state: 'quarantined',
      subjects: LEAST,
      sinceDay: '2026-11-24',
      now: { signals: LEAST, exactSignals: 0, subjects: LEAST, days: 1, cases: LEAST },
    });
    expect(await find()).toBe(0);
    expect(await fileOf(first)).toMatchObject({ case: { state: 'proposed', isAboveThreshold: false } });
    expect(await caseNoOf(await subjectOf(entry))).toBe(0);
  });

  test('exact matches on it open cases all the same, and are marked', async () => {
    const { entry } = await inFlood([]);
    const subject = await subjectOf(entry, 'exact');
    expect(await stateOf(await caseNoOf(subject))).toMatchObject({ state: 'new' });
    expect((await fileOf(subject)).evidence?.entries).toMatchObject([{ entry, isFlood: true }, { isFlood: false }]);
  });

  test('a lead questions the entry: one line for the list’s authority, once, which can be read again; it stays held back', async () => {
    const { entry, floodNo, subjects } = await inFlood(['confirmed', 'exact']);
    await expect(decide('ada', floodNo, 'question-entry')).rejects.toMatchObject(isRefused('is for a lead'));
    const { feedback } = await decide('lea', floodNo, 'question-entry');
    expect(parseFeedback(feedback)).toEqual([
      { schema: 'lodestone/feedback/v1', list: 'known', entry, reason: 'flood', evidence: 'exact', day: '2026-11-24' },
    ]);
    await expect(decide('lea', floodNo, 'question-entry')).rejects.toMatchObject(isRefused('is questioned already'));
    expect(await floodFeedback(db(), as('lea'), floodNo)).toBe(feedback);
    await expect(floodFeedback(db(), as('ada'), floodNo)).rejects.toMatchObject(isRefused('only a lead'));
    expect(await floodOf(entry)).toMatchObject({ state: 'questioned' });
    expect(await fileOf(subjects[0] as Subject)).toMatchObject({ case: { isAboveThreshold: false } });
  });

  test('a lead keeps the entry in quarantine, with a reason in the record and a text that is not in it', async () => {
    const { entry, floodNo, subjects } = await inFlood();
    const { cases } = await decide('lea', floodNo, 'keep-entry');
    expect(cases).toBe(2);
    expect(await floodOf(entry)).toMatchObject({ state: 'kept' });
    expect(await fileOf(subjects[0] as Subject)).toMatchObject({ case: { isAboveThreshold: false } });
    await expect(decide('lea', floodNo, 'keep-entry')).rejects.toMatchObject(
      isRefused('is kept in quarantine already'),
    );
    const { decisions } = await readFlood(db(), as('ada'), floodNo);
    expect(decisions).toMatchObject([
      { entry: { actor: 'lea', action: 'keep-entry', reason: 'not-known', cases: 2 }, text: WHY.text },
    ]);
    expect(JSON.stringify(decisions[0]?.entry)).not.toContain(WHY.text);
    for (const text of ['', 'x'.repeat(2_001), 'a\u0000b'])
      await expect(
        decideFlood(db(), token('lea'), { floodNo, action: 'release-entry', reason: 'not-known', text }, NOON),
      ).rejects.toMatchObject({ code: 'ERR_SCHEMA' });
  });

  test('an auditor sees the decisions and their reasons, and no entry; an administrator sees no flood', async () => {
    const { floodNo } = await inFlood();
    await decide('lea', floodNo, 'keep-entry');
    const seen = await readFlood(db(), as('otto'), floodNo);
    expect(seen).toMatchObject({
      flood: { floodNo, state: 'kept', sinceDay: '2026-11-24', subjects: 100 },
      decisions: [{ entry: { action: 'keep-entry' }, text: undefined }],
    });
    expect(Object.keys(seen.flood)).toEqual(['floodNo', 'state', 'sinceDay', 'subjects']);
    const [listed] = await listFloods(db(), as('otto'), { limit: 1 });
    expect(Object.keys(listed ?? {})).toEqual(['floodNo', 'state', 'sinceDay', 'subjects']);
    await expect(listFloods(db(), as('root'), { limit: 1 })).rejects.toMatchObject(isRefused('sees no flood'));
    await expect(readFlood(db(), as('root'), floodNo)).rejects.toMatchObject(isRefused('sees no flood'));
  });

  test('a lead releases the entry: what was held back counts, and it is quarantined again only by ten times as many', async () => {
    const { entry, floodNo, subjects } = await inFlood(Array.from({ length: LEAST }, () => 'confirmed' as const));
    await expect(decide('ada', floodNo, 'release-entry')).rejects.toMatchObject(isRefused('is for a lead'));
    await decide('lea', floodNo, 'release-entry');
    for (const subject of subjects)
      expect(await fileOf(subject)).toMatchObject({ case: { state: 'proposed', isAboveThreshold: true } });
    await find();
    expect(await floodOf(entry)).toMatchObject({ state: 'released' });
    for (const action of ['release-entry', 'keep-entry', 'question-entry'] as const)
      await expect(decide('lea', floodNo, action)).rejects.toMatchObject(isRefused('is released already'));
    await expect(decide('lea', 999_999, 'release-entry')).rejects.toMatchObject(isRefused('no flood'));
    await db().updateTable('floods').set({ subjects: 0 }).where('floodNo', '=', floodNo).execute();
    await find();
    expect(await floodOf(entry)).toMatchObject({ state: 'quarantined', floodNo });
  });

  test('of two leads who decide at the same moment, the second is refused', async () => {
    const { floodNo } = await inFlood([]);
    const both = await Promise.allSettled([decide('lea', floodNo, 'keep-entry'), decide('lea', floodNo, 'keep-entry')]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  test('what is usual for an entry is no flood', async () => {
    const usual = newEntry();
    for (const day of [-9, -6, -3, 0])
      for (let i = 0; i < LEAST; i++) await store(await the().subject(), usual, 'exact', NOON + day * DAY_MS);
    await find();
    expect(await floodOf(usual)).toBeUndefined();
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
    await expect(decide('lea', floodNo, 'question-entry')).rejects.toMatchObject(isRefused('of a model'));
  });

  test('every flood is on one page of the list, the newest first', async () => {
    const rows = Array.from({ length: 23 }, (_, i) => ({
      reference: 'many:v1/lists/many/manifest.json' as TargetReference,
      kind: 'match' as const,
      entry: i,
      state: 'kept' as const,
      sinceDay: toDay(NOON + (i % 5) * DAY_MS),
      subjects: 20,
    }));
    await db().insertInto('floods').values(rows).execute();
    const all = (await floods()).map(({ floodNo }) => floodNo);
    const paged: number[] = [];
    for (let after: number | undefined; ;) {
      const page = await listFloods(db(), as('lea'), { after, limit: 7 });
      paged.push(...page.map(({ floodNo }) => floodNo));
      after = page.at(-1)?.floodNo;
      if (page.length < 7) break;
    }
    expect(paged).toEqual(all);
    expect(all.length).toBeGreaterThanOrEqual(rows.length);
  });
}
