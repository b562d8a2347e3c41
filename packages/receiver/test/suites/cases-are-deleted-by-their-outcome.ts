/** Cases end by their outcome; a hold keeps them; a subject is exported and erased, and the record says so without naming it. */
import { toHex } from '@lodestone/protocol/bytes';
import { parseRecord } from '@lodestone/protocol/case-record';
import type { CaseState } from '@lodestone/protocol/case-review';
import { parseOrder } from '@lodestone/protocol/order';
import { toDay } from '@lodestone/protocol/time';
import { brokenRecordLink } from '@lodestone/trust';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { countDueCases, endCases } from '../../src/cases/end-cases.ts';
import { exportSubject } from '../../src/cases/export-subject.ts';
import { holdCase } from '../../src/cases/hold.ts';
import { readConfig, type ReceiverConfig } from '../../src/config.ts';
import type { Database } from '../../src/db/schema.ts';
import { secretsFolder } from '../../src/keys/files.ts';
import { exportRecord } from '../../src/record/export.ts';
import { applyRetention, purgeAs } from '../../src/retention.ts';
import { LIST } from '../support/documents.ts';
import { reviewOf } from '../support/review.ts';
import { insertUsers } from '../support/users.ts';
import { NOON, type Subject, type World } from '../support/world.ts';
import { trusted } from '../support/trusted-time.ts';

const DAY = 86_400_000;
const TODAY = toDay(NOON);

export function casesAreDeletedByTheirOutcome(the: () => World): void {
  const db = (): Database => the().database.db;
  let config: ReceiverConfig;
  let tokens: Awaited<ReturnType<typeof insertUsers>>;
  beforeAll(async () => {
    config = await readConfig(the().dataDir);
    await reviewOf(the).addPeople(); // the first users, also if other suites are not selected
    tokens = await insertUsers(db(), 'retention');
    await endCases(db(), config, trusted(NOON)); // those of the suites before
  });
  afterEach(() => {
    the().now = NOON;
  });

  const isRefused = (why: string) => ({ code: 'ERR_CASE', message: expect.stringContaining(why) });
  const newCase = async (
    state: CaseState = 'new',
    decision: 'confirm' | 'dismiss' | null = null,
  ): Promise<{ subject: Subject; caseNo: number }> => {
    const world = the();
    const subject = await world.subject();
    for (const entry of [1, 2]) await world.send(world.match({ ...subject.id(), entry }));
    const row = await db()
      .updateTable('cases')
      .set({ state, decision, isDecided: decision !== null, decidedDay: decision === null ? null : TODAY })
      .where('pseudonym', '=', subject.pseudonym)
      .returning('caseNo')
      .executeTakeFirstOrThrow();
    return { subject, caseNo: row.caseNo };
  };
  /** Rows of the case and its evidence. */
  const left = async (caseNo: number): Promise<number[]> => {
    const { rows } = await sql<{ cases: number; windows: number; signals: number }>`select
      (select count(*)::integer from cases where case_no = ${caseNo}) as cases,
      (select count(*)::integer from counting_windows where case_no = ${caseNo}) as windows,
      (select count(*)::integer from signals s join counting_windows w on w.window_no = s.window_no
        where w.case_no = ${caseNo}) as signals`.execute(db());
    return Object.values(rows[0] ?? {});
  };
  const retain = (at: number, change: Partial<ReceiverConfig['retention']> = {}) =>
    applyRetention(
      {
        db: db(),
        keysFolder: secretsFolder(the().dataDir),
        config: { ...config, retention: { ...config.retention, ...change } },
        log: pino({ level: 'silent' }),
      },
      trusted(at),
    );
  const lastEntry = async () => {
    let ndjson = '';
    for await (const line of exportRecord(db())) ndjson += `${line}\n`;
    const { entries } = parseRecord(ndjson);
    expect(brokenRecordLink(entries)).toBeUndefined();
    return { entry: entries.at(-1), ndjson };
  };

  test('a dismissed case and its evidence are deleted on the same day, and earlier matches do not bring it back', async () => {
    const world = the();
    const { subject, caseNo } = await newCase('dismissed', 'dismiss');
    expect(await left(caseNo)).toEqual([1, 1, 2]);
    expect(await countDueCases(db(), config, TODAY)).toBe(1);
    expect(await endCases(db(), config, trusted(NOON))).toBe(1);
    expect(await countDueCases(db(), config, TODAY)).toBe(0);
    expect(await left(caseNo)).toEqual([0, 0, 0]);
    expect((await lastEntry()).entry).toMatchObject({
      actor: 'receiver',
      type: 'case',
      action: 'expire',
      case: caseNo,
    });
    const stored = await db()
      .selectFrom('countingWindows')
      .select('windowNo')
      .where('pseudonym', '=', subject.pseudonym)
      .execute();
    expect(stored).toEqual([]);

    const before = await world.receiver.counts();
    for (const entry of [3, 4]) await world.send(world.match({ ...subject.id(), entry }));
    const after = await world.receiver.counts();
    expect([after.erased - before.erased, after.counted - before.counted]).toEqual([2, 0]);
  });

  test('later matches, and matches of the same subject under another order, still count', async () => {
    const world = the();
    const { subject } = await newCase('dismissed', 'dismiss');
    await endCases(db(), config, trusted(NOON));
    const before = await world.receiver.counts();
    await world.send(
      world.match({
        ...subject.id(),
        kind: 'sensitive',
        orderDigest: world.digests.consent,
        manifestDigest: world.digests.model,
        entry: 0,
        level: 9,
      }),
    );
    world.now = NOON + 2 * DAY;
    await world.send(world.match({ ...subject.id(), entry: 5 }));
    const after = await world.receiver.counts();
    expect(after.counted - before.counted).toBe(2);
  });

  test('a confirmed case keeps its evidence for a year, longer than other signals', async () => {
    const { caseNo } = await newCase('confirmed', 'confirm');
    await retain(NOON + 365 * DAY);
    expect(await left(caseNo)).toEqual([1, 1, 2]);
    await retain(NOON + 366 * DAY);
    expect(await left(caseNo)).toEqual([0, 0, 0]);
  });

  test('the days are those of the jurisdiction that the order names', async () => {
    const { caseNo } = await newCase('confirmed', 'confirm');
    const row = await db().selectFrom('cases').select('orderId').where('caseNo', '=', caseNo).executeTakeFirstOrThrow();
    const stored = await db().selectFrom('orders').select('document').where('orderId', '=', row.orderId).execute();
    const { jurisdiction } = parseOrder(stored.at(-1)?.document ?? new Uint8Array()).legal;
    await retain(NOON + 31 * DAY, { byJurisdiction: { elsewhere: { confirmedDays: 30 } } });
    expect(await left(caseNo)).toEqual([1, 1, 2]);
    await retain(NOON + 31 * DAY, { byJurisdiction: { [jurisdiction]: { confirmedDays: 30 } } });
    expect(await left(caseNo)).toEqual([0, 0, 0]);
  });

  test.each([
    ['new', null],
    ['dismissed', 'dismiss'],
    ['confirmed', 'confirm'],
    ['overturned', 'confirm'],
  ] as const)(
    'a hold keeps a case that is %s, with its evidence, from retention and from erasure',
    async (state, decision) => {
      const { subject, caseNo } = await newCase(state, decision);
      await holdCase(db(), tokens.lead, { caseNo, action: 'hold', text: 'Order 4711' }, NOON);
      expect((await lastEntry()).entry).toMatchObject({ type: 'data', action: 'hold', case: caseNo });
      await retain(NOON + 800 * DAY);
      expect(await left(caseNo)).toEqual([1, 1, 2]);
      await expect(the().receiver.erase(toHex(subject.pseudonym), tokens.lead)).rejects.toMatchObject(
        isRefused(`a legal hold keeps case ${caseNo}`),
      );
      expect(await left(caseNo)).toEqual([1, 1, 2]);
      await holdCase(db(), tokens.lead, { caseNo, action: 'unhold', text: 'ended' }, NOON);
      await retain(NOON + 800 * DAY);
      expect(await left(caseNo)).toEqual([0, 0, 0]);
    },
  );

  test('only a lead holds, exports and erases; a case is held once', async () => {
    const { subject, caseNo } = await newCase();
    const pseudonym = toHex(subject.pseudonym);
    const hold = { caseNo, action: 'hold', text: 'x' } as const;
    for (const role of ['reviewer', 'auditor', 'administrator'] as const) {
      await expect(holdCase(db(), tokens[role], hold, NOON)).rejects.toMatchObject(isRefused('is for a lead'));
      await expect(exportSubject(db(), tokens[role], pseudonym, NOON)).rejects.toMatchObject(
        isRefused('is for a lead'),
      );
      await expect(the().receiver.erase(pseudonym, tokens[role])).rejects.toMatchObject(isRefused('is for a lead'));
    }
    await expect(holdCase(db(), tokens.lead, { ...hold, action: 'unhold' }, NOON)).rejects.toMatchObject(
      isRefused('not held'),
    );
    await holdCase(db(), tokens.lead, hold, NOON);
    await expect(holdCase(db(), tokens.lead, hold, NOON)).rejects.toMatchObject(isRefused('held already'));
    await expect(holdCase(db(), tokens.lead, { ...hold, caseNo: 999_999 }, NOON)).rejects.toMatchObject(
      isRefused('no case'),
    );
    await holdCase(db(), tokens.lead, { ...hold, action: 'unhold' }, NOON);
    const context = { db: db(), keysFolder: secretsFolder(the().dataDir), config, log: pino({ level: 'silent' }) };
    await expect(purgeAs(context, { token: tokens.reviewer, now: NOON })).rejects.toMatchObject(
      isRefused('is for a lead or administrator'),
    );
    expect(await left(caseNo)).toEqual([1, 1, 2]);
    await purgeAs(context, { token: tokens.administrator, now: NOON });
    expect((await lastEntry()).entry).toMatchObject({ type: 'data', action: 'purge', cases: 0 });
  });

  test('an export of a subject has its cases, signals and notes; erasing leaves an export with a hash’s days alone', async () => {
    const { subject, caseNo } = await newCase();
    const pseudonym = toHex(subject.pseudonym);
    await holdCase(db(), tokens.lead, { caseNo, action: 'hold', text: 'a note about it' }, NOON);
    await holdCase(db(), tokens.lead, { caseNo, action: 'unhold', text: 'and another' }, NOON);
    const stored = await exportSubject(db(), tokens.lead, pseudonym, NOON);
    expect((await lastEntry()).entry).toMatchObject({ type: 'data', action: 'export', cases: 1 });
    expect(stored.cases).toMatchObject([
      { caseNo, notes: ['a note about it', 'and another'], openedDay: '2026-11-24' },
    ]);
    expect(stored.windows).toMatchObject([{ reference: LIST, firstDay: '2026-11-23' }]);
    expect(JSON.stringify(stored.windows)).toMatch(/"entry":1,.*"day":"2026-11-24".*"entry":2,|"entry":2,.*"entry":1,/);
    expect(JSON.stringify(stored)).not.toContain('retention-lead');

    expect(await the().receiver.erase(pseudonym, tokens.lead)).toBe(2);
    const { entry, ndjson } = await lastEntry();
    expect(entry).toMatchObject({ type: 'data', action: 'erase', cases: 1 });
    expect(ndjson).not.toContain(pseudonym);
    expect(ndjson).not.toContain('a note about it');
    const empty = await exportSubject(db(), tokens.lead, pseudonym, NOON);
    expect(empty).toMatchObject({ cases: [], windows: [], waiting: [], erased: [{ erasedDay: '2026-11-24' }] });
  });

  test('every table that has a pseudonym is exported and erased, and so are signals that wait', async () => {
    const { rows } = await sql<{ name: string }>`select table_name as name from information_schema.columns
      where table_schema = current_schema() and column_name like '%pseudonym%' order by 1`.execute(db());
    expect(rows.map(({ name }) => name)).toEqual(['cases', 'counting_windows', 'tombstones']);
    const world = the();
    const subject = await world.subject();
    await world.send(world.match({ ...subject.id(), orderDigest: 'ab'.repeat(32) as never }));
    const pseudonym = toHex(subject.pseudonym);
    expect((await exportSubject(db(), tokens.lead, pseudonym, NOON)).waiting).toMatchObject([
      { arrivalDay: '2026-11-24' },
    ]);
    expect(await world.receiver.erase(pseudonym, tokens.lead)).toBe(1);
    expect((await exportSubject(db(), tokens.lead, pseudonym, NOON)).waiting).toEqual([]);
  });
}
