/** People review cases: by the rules, one at a time, and with every action in a record that no receiver can fork. */
import { randomBytes } from 'node:crypto';
import { toHex } from '@lodestone/protocol/bytes';
import { parseRecord } from '@lodestone/protocol/case-record';
import type { Name } from '@lodestone/protocol/name';
import { type Day, toDay } from '@lodestone/protocol/time';
import { brokenRecordLink, recordEnd } from '@lodestone/trust';
import fc from 'fast-check';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { actOnCase } from '../../src/cases/act.ts';
import { judgeWindows } from '../../src/cases/judge-windows.ts';
import { type CaseSummary, listCases, readCaseFile } from '../../src/cases/list-cases.ts';
import { type OpenDatabase, openDatabase } from '../../src/db/open.ts';
import type { Database } from '../../src/db/schema.ts';
import { exportRecord } from '../../src/record/export.ts';
import { addUser, listUsers, removeUser, signedInUser } from '../../src/users/users.ts';
import { LIST } from '../support/documents.ts';
import { as, type Person, reviewOf } from '../support/review.ts';
import { NOON, type World } from '../support/world.ts';

export function twoPeopleDecideAboutACase(the: () => World): void {
  /** A second receiver's connections, where the database has some. */
  let second: OpenDatabase | undefined;
  const { db, token, act, isRefused, caseNoOf, newCase, stateOf, addPeople } = reviewOf(the);
  const other = (): Database => second?.db ?? db();

  beforeAll(async () => {
    const { databaseUrl, dataDir } = the();
    if (databaseUrl !== undefined)
      second = await openDatabase({ dataDir, databaseUrl, log: pino({ level: 'silent' }) });
    await expect(addUser(db(), undefined, as('lea'), NOON)).rejects.toMatchObject({
      code: 'ERR_CASE',
      message: expect.stringContaining('the first user is an administrator'),
    });
    await addPeople();
  });
  afterAll(() => second?.close());

  const record = async (): Promise<string> => {
    let ndjson = '';
    for await (const line of exportRecord(db())) ndjson += `${line}\n`;
    return ndjson;
  };

  test('only an administrator adds and removes users; a name is used once; a token ends with its user', async () => {
    await expect(addUser(db(), token('lea'), { name: 'eve' as Name, role: 'reviewer' }, NOON)).rejects.toMatchObject(
      isRefused('only an administrator changes users; lea is lead'),
    );
    await expect(addUser(db(), undefined, { name: 'eve' as Name, role: 'lead' }, NOON)).rejects.toMatchObject(
      isRefused('set the token of one'),
    );
    const eve = await addUser(db(), token('root'), { name: 'eve' as Name, role: 'reviewer' }, NOON);
    expect(await signedInUser(db(), eve)).toEqual({ name: 'eve', role: 'reviewer' });
    await removeUser(db(), token('root'), 'eve' as Name, NOON);
    await expect(signedInUser(db(), eve)).rejects.toMatchObject(isRefused('belongs to no user'));
    await expect(addUser(db(), token('root'), { name: 'eve' as Name, role: 'lead' }, NOON)).rejects.toMatchObject(
      isRefused('names are never used again'),
    );
    await expect(removeUser(db(), token('root'), 'root' as Name, NOON)).rejects.toMatchObject(isRefused('one is left'));
    await expect(removeUser(db(), token('root'), 'nobody' as Name, NOON)).rejects.toMatchObject(isRefused('no user'));
    for (const wrong of ['', 'lsu_', `${eve}x`, `lsu_${'A'.repeat(43)}`])
      await expect(signedInUser(db(), wrong)).rejects.toMatchObject(isRefused('belongs to no user'));
    expect(await listUsers(db())).toContainEqual({ name: 'eve', role: 'reviewer', isRemoved: true });
  });

  test('two users confirm a case, a lead reports it, and somebody else overturns it', async () => {
    const { caseNo } = await newCase();
    const today = toDay(the().now);
    expect(await stateOf(caseNo)).toEqual({ state: 'new', holder: null, isDecided: false, dueDay: today + 7 });
    await act('ada', 'take', caseNo);
    expect(await stateOf(caseNo)).toEqual({ state: 'in-review', holder: 'ada', isDecided: false, dueDay: today + 7 });
    await expect(act('bo', 'confirm', caseNo)).rejects.toMatchObject(isRefused('in-review, held by ada'));
    await act('ada', 'confirm', caseNo);
    expect(await stateOf(caseNo)).toMatchObject({ state: 'confirmed-once', holder: null, dueDay: today + 3 });
    await expect(act('ada', 'take', caseNo)).rejects.toMatchObject(isRefused('another user than the first'));
    await act('bo', 'take', caseNo);
    await act('bo', 'confirm', caseNo, { text: 'The list says so.' });
    expect(await stateOf(caseNo)).toMatchObject({ state: 'confirmed', isDecided: true });
    await expect(act('ada', 'report', caseNo)).rejects.toMatchObject(isRefused('the role does not allow'));
    await act('lea', 'report', caseNo);
    await expect(act('cy', 'contest', caseNo)).rejects.toMatchObject(isRefused('contest needs a text'));
    await act('cy', 'contest', caseNo, { text: 'It is my dog.' });
    expect(await stateOf(caseNo)).toMatchObject({ state: 'contested', dueDay: today + 14 });
    for (const name of ['ada', 'bo', 'lea'] satisfies Person[])
      await expect(act(name, 'overturn', caseNo, { reason: 'wrong-match', text: 'A dog.' })).rejects.toMatchObject(
        isRefused('took no part in the decision'),
      );
    await expect(act('cy', 'overturn', caseNo, { text: 'A dog.' })).rejects.toMatchObject(isRefused('needs a reason'));
    await act('cy', 'overturn', caseNo, { reason: 'wrong-match', text: 'A dog.' });
    expect(await stateOf(caseNo)).toMatchObject({ state: 'overturned', holder: null, dueDay: null });

    const file = await readCaseFile(db(), as('cy'), caseNo);
    expect(file.actions.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      'ada take',
      'ada confirm',
      'bo take',
      'bo confirm',
      'lea report',
      'cy contest',
      'cy overturn',
    ]);
    expect([...(file.notes?.values() ?? [])].sort()).toEqual(['A dog.', 'It is my dog.', 'The list says so.']);
    expect(file.evidence?.entries.map(({ entry }) => entry)).toEqual([1, 2]);
  });

  test('of two users who take a case at the same time, one gets it', async () => {
    const { caseNo } = await newCase();
    const results = await Promise.allSettled([
      act('ada', 'take', caseNo),
      act('bo', 'take', caseNo, {}, other()),
      act('cy', 'take', caseNo),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject(isRefused('the state does not allow'));
  });

  test('of two confirmations of one user at the same time, as from two sessions, one counts', async () => {
    const { caseNo } = await newCase();
    await act('ada', 'take', caseNo);
    const results = await Promise.allSettled([act('ada', 'confirm', caseNo), act('ada', 'confirm', caseNo)]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await stateOf(caseNo)).toMatchObject({ state: 'confirmed-once' });
    await expect(act('ada', 'take', caseNo)).rejects.toMatchObject(isRefused('another user than the first'));
  });

  test('two receivers that record at the same time make one chain', async () => {
    const { caseNo } = await newCase();
    const before = parseRecord(await record()).entries.length;
    const clocks = [0, 5_000, -5_000];
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        actOnCase(
          i % 2 === 0 ? db() : other(),
          token(i % 3 === 0 ? 'ada' : 'lea'),
          { caseNo, action: 'note', text: `note ${i}` },
          NOON + (clocks[i % 3] ?? 0),
        ),
      ),
    );
    const file = parseRecord(await record());
    expect(file.entries.length).toBe(before + 40);
    expect([brokenRecordLink(file.entries), recordEnd(file)]).toEqual([undefined, undefined]);
    const times = file.entries.map(({ time }) => time);
    expect(times.toSorted()).toEqual(times);
  });

  test('the database refuses to change, delete or fork the record', async () => {
    const [entry] = parseRecord(await record()).entries;
    for (const change of [
      sql`update record_entries set line = replace(line, 'root', 'ruth')`,
      sql`delete from record_entries where seq = 0`,
      sql`truncate record_entries cascade`,
    ])
      await expect(change.execute(db())).rejects.toThrow(/never changed/);
    const fork = sql`insert into record_entries (seq, previous, line) values (999999, ${entry?.previous}, '{}')`;
    await expect(fork.execute(db())).rejects.toThrow(/unique|duplicate/);
  });

  test('a refused action changes nothing and is not recorded', async () => {
    const { caseNo } = await newCase();
    const before = await record();
    await expect(act('otto', 'take', caseNo)).rejects.toMatchObject(isRefused('the role does not allow'));
    await expect(act('root', 'note', caseNo, { text: 'x' })).rejects.toMatchObject(isRefused('the role'));
    await expect(act('ada', 'take', caseNo, { reason: 'wrong-match' })).rejects.toMatchObject(
      isRefused('has no reason'),
    );
    await expect(act('ada', 'note', caseNo, { text: 'x'.repeat(2_001) })).rejects.toMatchObject({ code: 'ERR_SCHEMA' });
    await expect(act('ada', 'take', 999_999)).rejects.toMatchObject(isRefused('there is no case 999999'));
    expect(await stateOf(caseNo)).toMatchObject({ state: 'new', holder: null });
    expect(await record()).toBe(before);
  });

  const model = () =>
    ({
      kind: 'sensitive',
      orderDigest: the().digests.consent,
      manifestDigest: the().digests.model,
      entry: 0,
      level: 9,
    }) as const;

  test('a proposed case is opened by a lead, and by nobody else', async () => {
    const world = the();
    const subject = await world.subject();
    for (const day of [0, 1, 2])
      await world.send(world.match({ ...subject.id(), ...model(), day: (toDay(world.now) - day) as Day }));
    const caseNo = await caseNoOf(subject);
    expect(await stateOf(caseNo)).toMatchObject({ state: 'proposed' });
    await expect(act('ada', 'take', caseNo)).rejects.toMatchObject(isRefused('case'));
    await expect(act('ada', 'open', caseNo)).rejects.toMatchObject(isRefused('the role does not allow'));
    await act('lea', 'open', caseNo);
    await act('ada', 'take', caseNo);
    await act('ada', 'confirm', caseNo);
    expect(await stateOf(caseNo)).toMatchObject({ state: 'confirmed-once' });
  });

  test('a case that suppressed entries leave below the threshold is not confirmed, and can be dismissed', async () => {
    const { caseNo } = await newCase([51, 52]);
    await act('ada', 'take', caseNo);
    await db().insertInto('suppressed').values({ reference: LIST, entry: 52, cause: 'suppression' }).execute();
    await db()
      .transaction()
      .execute((tx) => judgeWindows(tx, { reference: LIST }, toDay(NOON)));
    await db().deleteFrom('suppressed').execute();
    await expect(act('ada', 'confirm', caseNo)).rejects.toMatchObject(isRefused('below its threshold'));
    await act('ada', 'dismiss', caseNo, { reason: 'entry-withdrawn', text: 'The list withdrew it.' });
    expect(await stateOf(caseNo)).toMatchObject({ state: 'dismissed', isDecided: true, dueDay: null });
  });

  test('after a decision, signals of the same window change nothing, and those of the next window are a new case', async () => {
    const world = the();
    const { subject, caseNo } = await newCase();
    await act('ada', 'take', caseNo);
    await act('ada', 'dismiss', caseNo, { reason: 'not-enough', text: 'One clip.' });
    await world.send(world.match({ ...subject.id(), entry: 3 }));
    expect(await caseNoOf(subject)).toBe(caseNo);
    const [row] = await db().selectFrom('cases').select('entries').where('caseNo', '=', caseNo).execute();
    expect(row?.entries).toBe(2);
    world.now = NOON + 11 * 86_400_000;
    try {
      for (const entry of [1, 2]) await world.send(world.match({ ...subject.id(), entry }));
      const next = await caseNoOf(subject);
      expect(next).toBeGreaterThan(caseNo);
      expect(await stateOf(next)).toMatchObject({ state: 'new' });
      expect(await stateOf(caseNo)).toMatchObject({ state: 'dismissed' });
    } finally {
      world.now = NOON;
    }
  });

  test('a match that arrives while its case is decided leaves no empty case', async () => {
    const { subject, caseNo } = await newCase();
    const windows = await db().selectFrom('countingWindows').select('windowNo').where('caseNo', '=', caseNo).execute();
    const judge = () =>
      db()
        .transaction()
        .execute((tx) => judgeWindows(tx, { windowNos: windows.map(({ windowNo }) => windowNo) }, toDay(NOON)));
    /** The match has read the case as undecided, and waits for the decision. With one connection, it waits as a whole. */
    const waits = async (): Promise<void> => {
      for (let found = false; second !== undefined && !found;) {
        const { rows } = await sql`select 1 from pg_stat_activity where wait_event_type = 'Lock'
          and datname = current_database() and query like '%insert into cases%'`.execute(second.db);
        found = rows.length > 0;
      }
    };
    let judged: Promise<number> | undefined;
    await db()
      .transaction()
      .execute(async (tx) => {
        await tx
          .updateTable('cases')
          .set({ isDecided: true, state: 'dismissed' })
          .where('caseNo', '=', caseNo)
          .execute();
        judged = judge();
        await waits();
      });
    await judged;
    expect(await caseNoOf(subject)).toBe(caseNo);
  });

  test('every case is on one page, in the order of priority', async () => {
    const cases = fc.sample(
      fc.record({ exactEntries: fc.constantFrom(0, 0, 1, 5), entries: fc.nat({ max: 4 }), days: fc.nat({ max: 3 }) }),
      { seed: 18, numRuns: 120 },
    );
    const today = toDay(NOON);
    const rows = cases.map((each) => ({
      ...each,
      pseudonym: randomBytes(16),
      source: 'paging' as Name,
      orderId: 'o' as Name,
      state: 'reported' as const,
      isDecided: true,
      openedDay: today,
      stateDay: today,
      newestDay: today,
      openWindows: 1,
    }));
    await db().insertInto('cases').values(rows).execute();
    const seen: CaseSummary[] = [];
    for (;;) {
      const after = seen.at(-1)?.caseNo;
      const page = (await listCases(db(), as('ada'), { state: 'reported', after, limit: 7 })) as CaseSummary[];
      expect(page.length).toBeLessThanOrEqual(7);
      if (page.length === 0) break;
      seen.push(...page);
    }
    const numbers = seen.map(({ caseNo }) => caseNo);
    const exact = (each: CaseSummary): number => (each.exactEntries > 0 ? 1 : 0);
    const expected = seen.toSorted(
      (a, b) => exact(b) - exact(a) || b.entries - a.entries || b.days - a.days || a.caseNo - b.caseNo,
    );
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers).toEqual(expected.map(({ caseNo }) => caseNo));
    expect(seen.filter(({ order }) => order.source === ('paging' as Name)).length).toBe(120);
    await db()
      .deleteFrom('cases')
      .where('source', '=', 'paging' as Name)
      .execute();
  });

  test('an auditor sees the process and no subject, an administrator sees no case', async () => {
    const { subject, caseNo } = await newCase();
    await act('ada', 'note', caseNo, { text: 'secret words' });
    const keys = ['caseNo', 'dueDay', 'holder', 'openedDay', 'state'];
    for (const each of await listCases(db(), as('otto'), { limit: 200 }))
      expect(Object.keys(each).sort()).toEqual(keys);
    const file = await readCaseFile(db(), as('otto'), caseNo);
    expect(Object.keys(file.case).sort()).toEqual(keys);
    expect([file.evidence, file.notes]).toEqual([undefined, undefined]);
    const exported = await record();
    for (const secret of [toHex(subject.pseudonym), 'secret words', LIST, 'pseudonym', 'orders', 'known'])
      expect(exported).not.toContain(secret);
    await expect(listCases(db(), as('root'), { limit: 1 })).rejects.toMatchObject(isRefused('sees no case'));
    await expect(readCaseFile(db(), as('root'), caseNo)).rejects.toMatchObject(isRefused('sees no case'));
  });

  test('erasing a subject deletes the case and its notes, and leaves the record, which has the erasure', async () => {
    const { subject, caseNo } = await newCase();
    await act('ada', 'note', caseNo, { text: 'a note' });
    const before = parseRecord(await record()).entries;
    expect(await the().receiver.erase(toHex(subject.pseudonym), token('lea'))).toBe(2);
    await expect(readCaseFile(db(), as('ada'), caseNo)).rejects.toMatchObject(isRefused('there is no case'));
    expect(await db().selectFrom('caseNotes').select('seq').where('caseNo', '=', caseNo).execute()).toEqual([]);
    const after = parseRecord(await record()).entries;
    expect(after.slice(0, -2)).toEqual(before);
    expect(after.slice(-2)).toMatchObject([
      { case: caseNo, actor: 'receiver', action: 'erase' },
      { actor: 'lea', action: 'erase', cases: 1 },
    ]);
  });
}
