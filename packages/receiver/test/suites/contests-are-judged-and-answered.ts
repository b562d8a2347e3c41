/** A contest by receipt: it finds its case, others judge it, and the outcome goes back once to whom asked, whatever fails meanwhile. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toHex } from '@lodestone/protocol/bytes';
import { parseRecord } from '@lodestone/protocol/case-record';
import { type ContestEvent, parseContestEvent, type Receipt } from '@lodestone/protocol/contest';
import { parseFeedback } from '@lodestone/protocol/feedback';
import type { Name } from '@lodestone/protocol/name';
import { DAY_MS, toDay } from '@lodestone/protocol/time';
import { brokenRecordLink, receiptOf } from '@lodestone/trust';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type CallbackTarget, deliverCallbacks } from '../../src/callbacks/deliver.ts';
import { listCallbacks, retryCallback } from '../../src/callbacks/queue.ts';
import { verifyCallback } from '../../src/callbacks/sign.ts';
import { endCases } from '../../src/cases/end-cases.ts';
import { eraseSubject } from '../../src/cases/erase.ts';
import { exportSubject } from '../../src/cases/export-subject.ts';
import { readConfig } from '../../src/config.ts';
import { countCases, readCaseFile } from '../../src/cases/list-cases.ts';
import { acceptContest, MAX_WAITING } from '../../src/contests/accept.ts';
import { endWaitingContests } from '../../src/contests/end-waiting.ts';
import { findContest, listContests } from '../../src/contests/list-contests.ts';
import { markSuppressed } from '../../src/contests/mark-suppressed.ts';
import { type OpenDatabase, openDatabase } from '../../src/db/open.ts';
import type { Database } from '../../src/db/schema.ts';
import { exportFeedback } from '../../src/feedback/export.ts';
import { exportRecord } from '../../src/record/export.ts';
import { ENTRIES, list, LIST, listFile } from '../support/documents.ts';
import { as, type Person, reviewOf } from '../support/review.ts';
import { CONTEST_TOKEN, NOON, type World } from '../support/world.ts';
import { trusted } from '../support/trusted-time.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const quiet = pino({ level: 'silent' });
const random = (): Receipt => receiptOf(crypto.getRandomValues(new Uint8Array(16))) as Receipt;

export function contestsAreJudgedAndAnswered(the: () => World): void {
  const { db, token, act, isRefused, newCase, stateOf, addPeople, caseNoOf } = reviewOf(the);
  /** A second receiver's connections, where the database has some. */
  let second: OpenDatabase | undefined;
  const other = (): Database => second?.db ?? db();
  beforeAll(async () => {
    await addPeople();
    const { databaseUrl, dataDir } = the();
    if (databaseUrl !== undefined) second = await openDatabase({ dataDir, databaseUrl, log: quiet });
  });
  afterAll(() => second?.close());

  /** The account service's address for outcomes. */
  let target: CallbackTarget & { events: ContestEvent[]; ids: string[]; answer: Answer };
  type Answer = (response: ServerResponse, request: IncomingMessage) => void;
  const accept: Answer = (response) => response.writeHead(204).end();
  let stopTarget: () => Promise<void>;
  /** @param port 0 for a free one */
  const startTarget = async (port: number): Promise<void> => {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const headers = new Headers(request.headers as Record<string, string>);
        expect(verifyCallback(SECRET, headers, body, the().now)).toBe(true);
        target.events.push(parseContestEvent(Buffer.from(body)));
        target.ids.push(headers.get('webhook-id') ?? '');
        target.answer(response, request);
      });
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/outcomes`;
    target = { url, secret: SECRET, events: [], ids: [], answer: accept };
    stopTarget = () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      });
  };
  beforeEach(() => startTarget(0));
  afterEach(async () => {
    await stopTarget();
    the().now = NOON;
    await db().deleteFrom('callbacks').execute();
  });
  const deliver = (on = db()) =>
    deliverCallbacks({ db: on, targets: { contests: target }, now: () => the().now, log: quiet });
  const later = (ms: number): void => void (the().now += ms);

  const post = (path: string, body: unknown, headers: HeadersInit = { authorization: `Bearer ${CONTEST_TOKEN}` }) =>
    fetch(`${the().receiver.url}${path}`, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const contest = async (receipt: Receipt, text = 'It is my dog.') => {
    const response = await post('/v1/contests', { receipt, text });
    return { status: response.status, body: (await response.json()) as unknown };
  };
  const outcome = async (receipt: Receipt): Promise<unknown> =>
    (await post('/v1/contests/outcome', { receipt })).json();
  const confirm = async (caseNo: number) => {
    await act('ada', 'take', caseNo);
    await act('ada', 'confirm', caseNo);
    await act('bo', 'take', caseNo);
    return act('bo', 'confirm', caseNo);
  };
  const actionsOn = async (caseNo: number): Promise<string[]> =>
    (await readCaseFile(db(), as('cy'), caseNo)).actions.map(({ actor, action }) => `${actor} ${action}`);
  const WRONG = { reason: 'wrong-match', text: 'A dog.', answer: 'The photo shows a dog.' } as const;
  const DUE = '2026-12-08';

  test('a contest opens the case, somebody else overturns it, the outcome goes back once, and the list’s authority gets feedback', async () => {
    const { caseNo, receipts } = await newCase([11, 12]);
    await confirm(caseNo);
    expect(await contest(receipts[0])).toEqual({ status: 202, body: { due: DUE } });
    expect(await stateOf(caseNo)).toMatchObject({ state: 'contested', dueDay: toDay(NOON) + 14 });
    expect(await outcome(receipts[0])).toEqual({ result: null });
    expect(await listContests(db(), as('cy'))).toMatchObject([{ caseNo, text: 'It is my dog.', dueDay: DUE }]);
    for (const name of ['ada', 'bo'] as const)
      await expect(act(name, 'overturn', caseNo, WRONG)).rejects.toMatchObject(isRefused('took no part'));
    await expect(act('cy', 'overturn', caseNo, { ...WRONG, answer: undefined } as never)).rejects.toMatchObject(
      isRefused('state the reason for the user'),
    );
    await act('cy', 'overturn', caseNo, WRONG);

    const result = {
      receipt: receipts[0],
      outcome: 'overturned',
      reason: 'wrong-match',
      answer: WRONG.answer,
      day: '2026-11-24',
    };
    expect(await outcome(receipts[0])).toEqual({ result });
    expect(await deliver()).toBe(1);
    expect(target.events).toEqual([{ type: 'contest.outcome', timestamp: '2026-11-24T12:00:00Z', data: result }]);
    expect(await deliver()).toBe(0);
    expect((await actionsOn(caseNo)).slice(-3)).toEqual(['receiver contest', 'cy overturn', 'receiver tell']);

    const lines = await exportFeedback(db(), as('lea'), 'lists' as Name);
    expect(parseFeedback(lines.join('')).filter(({ entry }) => entry === 11 || entry === 12)).toEqual(
      [11, 12].map((entry) => ({
        schema: 'lodestone/feedback/v1',
        list: 'known',
        entry,
        reason: 'wrong-match',
        evidence: 'exact',
        day: '2026-11-24',
      })),
    );
    expect(await exportFeedback(db(), as('lea'), 'list' as Name)).toEqual([]);
    await expect(exportFeedback(db(), as('ada'), 'lists' as Name)).rejects.toMatchObject(isRefused('only a lead'));
  });

  test('to who has the token, a receipt that nobody knows is answered like that of any case; without the token, nothing is', async () => {
    const confirmed = await newCase();
    await confirm(confirmed.caseNo);
    const unread = await newCase();
    const dismissed = await newCase();
    await act('ada', 'take', dismissed.caseNo);
    await act('ada', 'dismiss', dismissed.caseNo, { reason: 'not-enough', text: 'One clip.' });
    const unknown = random();
    const all = [unknown, confirmed.receipts[0], unread.receipts[0], dismissed.receipts[0]];
    for (const receipt of all) expect(await outcome(receipt)).toEqual({ result: null });
    for (const receipt of [...all, ...all]) expect(await contest(receipt)).toEqual({ status: 202, body: { due: DUE } });
    expect(await outcome(unknown)).toEqual({ result: null });
    for (const path of ['/v1/contests', '/v1/contests/outcome'])
      for (const authorization of ['', 'Bearer ', `Bearer ${CONTEST_TOKEN}x`, CONTEST_TOKEN])
        for (const receipt of [unknown, confirmed.receipts[0]]) {
          const refused = await post(path, { receipt, text: 'x' }, { authorization });
          expect([refused.status, await refused.text()]).toEqual([401, 'Unauthorized.\n']);
        }
  });

  test.each([
    ['', 400],
    ['{', 400],
    ['null', 400],
    [{ receipt: 'MFRG-GZDF-MZTW-Q2LK' }, 400],
    [{ receipt: 'MFRG-GZDF-MZTW-Q2LK', text: '' }, 400],
    [{ receipt: 'MFRG-GZDF-MZTW-Q2LK', text: 'x'.repeat(2_001) }, 400],
    [{ receipt: 'MFRG-GZDF-MZTW-Q2LK', text: 'a\u0007b' }, 400],
    [{ receipt: 'mfrg-gzdf-mztw-q2lk', text: 'x' }, 400],
    [{ receipt: 'MFRGGZDFMZTWQ2LK', text: 'x' }, 400],
    [{ receipt: 'MFRG-GZDF-MZTW-Q2LK', text: 'x', account: 'me' }, 400],
    [{ receipt: 'MFRG-GZDF-MZTW-Q2LK', text: 'x'.repeat(16_384) }, 413],
  ])('the body %j is refused, and no part of it is logged', async (body, status) => {
    const before = the().log.length;
    const response = await post('/v1/contests', body);
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain('xxxx');
    expect(the().log.slice(before)).toEqual([]);
  });

  test('the text of a contest, its receipt and its answer are in no log', async () => {
    const { caseNo, receipts } = await newCase();
    await confirm(caseNo);
    await contest(receipts[0], 'A secret statement.\nOn two lines.');
    await act('cy', 'uphold', caseNo, { answer: 'A secret answer.' });
    await deliver();
    const log = the().log.join('\n');
    for (const secret of ['secret', receipts[0], CONTEST_TOKEN]) expect(log).not.toContain(secret);
  });

  test('a contest before the decision is read by those who decide, and opens with a decision against the user', async () => {
    const { caseNo, receipts } = await newCase();
    await contest(receipts[1], 'Not mine.');
    expect(await stateOf(caseNo)).toMatchObject({ state: 'new' });
    expect((await readCaseFile(db(), as('ada'), caseNo)).contests).toMatchObject([{ caseNo: null, text: 'Not mine.' }]);
    expect((await readCaseFile(db(), as('otto'), caseNo)).contests).toBeUndefined();
    expect(await confirm(caseNo)).toMatchObject({ state: 'contested', wasContested: true });
    await act('cy', 'uphold', caseNo, { answer: 'Two exact files.' });
    await deliver();
    expect(target.events.map(({ data }) => data)).toMatchObject([{ outcome: 'upheld', answer: 'Two exact files.' }]);
  });

  test('a contest before a decision for the user ends with it; one after it is answered, and questions nothing', async () => {
    const { caseNo, receipts } = await newCase();
    await contest(receipts[0]);
    await act('ada', 'take', caseNo);
    await act('ada', 'dismiss', caseNo, { reason: 'wrong-match', text: 'A dog.', answer: 'You were right.' });
    await contest(receipts[1]);
    expect(await stateOf(caseNo)).toMatchObject({ state: 'dismissed' });
    await deliver();
    const answer = { outcome: 'dismissed', reason: 'wrong-match', answer: 'You were right.', day: '2026-11-24' };
    expect(target.events.map(({ data }) => data)).toEqual(
      expect.arrayContaining(receipts.map((receipt) => ({ receipt, ...answer }))),
    );
  });

  test('a contest that was answered opens again when a dismissal is overturned and the case is confirmed', async () => {
    const { caseNo, receipts } = await newCase();
    await contest(receipts[0]);
    await act('ada', 'take', caseNo);
    await act('ada', 'dismiss', caseNo, { reason: 'not-enough', text: 'One clip.' });
    await act('lea', 'contest', caseNo, { text: 'Two clips.' });
    await act('cy', 'overturn', caseNo, { reason: 'technical-error', text: 'Two clips.' });
    expect(await outcome(receipts[0])).toMatchObject({ result: { outcome: 'dismissed' } });
    await act('lea', 'open', caseNo);
    expect(await confirm(caseNo)).toMatchObject({ state: 'contested' });
    expect(await outcome(receipts[0])).toEqual({ result: null });
    await act('cy', 'overturn', caseNo, WRONG);
    expect(await outcome(receipts[0])).toMatchObject({ result: { outcome: 'overturned' } });
  });

  test('a second contest of a case is no second clock: it gets the outcome of the first', async () => {
    const { caseNo, receipts } = await newCase([21, 22, 23]);
    await confirm(caseNo);
    await act('lea', 'report', caseNo);
    await contest(receipts[0]);
    await contest(receipts[1]);
    await contest(receipts[1], 'Another text.');
    await act('cy', 'uphold', caseNo, { answer: 'Exact files.' });
    await contest(receipts[2] as Receipt);
    await deliver();
    expect(target.events.map(({ data }) => `${data.receipt} ${data.outcome} ${data.answer}`).sort()).toEqual(
      receipts.toSorted().map((receipt) => `${receipt} upheld Exact files.`),
    );
    expect((await actionsOn(caseNo)).filter((action) => action.endsWith(' contest'))).toEqual(['receiver contest']);
    expect((await findContest(db(), as('cy'), receipts[1])).text).toBe('It is my dog.');
  });

  test('of two contests of one case at the same time, on two receivers, one opens it', async () => {
    const { caseNo, receipts } = await newCase([31, 32, 33, 34]);
    await confirm(caseNo);
    await Promise.all(
      [...receipts, ...receipts].map((receipt, i) =>
        acceptContest(i % 2 === 0 ? db() : other(), { receipt, text: `${i}` }, the().now),
      ),
    );
    expect((await actionsOn(caseNo)).filter((action) => action.endsWith(' contest'))).toEqual(['receiver contest']);
    expect((await readCaseFile(db(), as('cy'), caseNo)).contests).toHaveLength(4);
    await act('cy', 'overturn', caseNo, WRONG);
    await Promise.all([deliver(), deliver(other())]);
    expect(target.events.map(({ data }) => data.receipt).sort()).toEqual(receipts.toSorted());
    expect(new Set(target.ids).size).toBe(4);
  });

  test('a receipt finds a case only once somebody contests with it, and for those who judge', async () => {
    const { caseNo, receipts } = await newCase();
    await confirm(caseNo);
    await expect(findContest(db(), as('lea'), receipts[0])).rejects.toMatchObject(isRefused('nobody contests'));
    await contest(receipts[0]);
    expect(await findContest(db(), as('ada'), receipts[0])).toMatchObject({ caseNo });
    await expect(findContest(db(), as('lea'), receipts[1])).rejects.toMatchObject(isRefused('nobody contests'));
    for (const name of ['otto', 'root'] satisfies Person[])
      await expect(findContest(db(), as(name), receipts[0])).rejects.toMatchObject(isRefused('do not see it'));
  });

  test('a contest that nobody decides by its due day is answered so, and a later decision is contested all the same', async () => {
    const { caseNo, receipts } = await newCase();
    const unknown = random();
    await contest(receipts[0]);
    await contest(unknown);
    later(13 * DAY_MS);
    await endWaitingContests(db(), trusted(the().now));
    expect(await deliver()).toBe(0);
    later(DAY_MS);
    await endWaitingContests(db(), trusted(the().now));
    await endWaitingContests(other(), trusted(the().now));
    await deliver();
    const told = target.events.filter(({ data }) => [receipts[0], unknown].includes(data.receipt));
    expect(told.map(({ data }) => data.outcome)).toEqual(['no-decision', 'no-decision']);
    expect(await confirm(caseNo)).toMatchObject({ state: 'contested' });
    expect(await outcome(receipts[0])).toEqual({ result: null });
    later(181 * DAY_MS);
    await endWaitingContests(db(), trusted(the().now));
    expect(await outcome(unknown)).toEqual({ result: null });
  });

  test('a clock that was ahead when a contest arrived does not postpone its answer', async () => {
    const receipt = random();
    later(400 * DAY_MS);
    await contest(receipt);
    the().now = NOON;
    await endWaitingContests(db(), trusted(the().now));
    expect(await findContest(db(), as('cy'), receipt)).toMatchObject({ dueDay: DUE, receivedDay: '2026-11-24' });
  });

  test('a contest of a signal that arrived after the decision, in the same window, finds the case behind ten thousand others', async () => {
    const many = { source: 'many' as Name, orderId: 'many' as Name };
    await sql`insert into cases (pseudonym, source, order_id, state, is_decided, opened_day, state_day, newest_day, open_windows,
        exact_entries, entries, days)
      select decode(md5(n::text), 'hex'), 'many', 'many', 'confirmed', true, 1, 1, 1, 1, 1, 1, 1 from generate_series(1, 10001) n`.execute(
      db(),
    );
    const { subject, caseNo } = await newCase();
    await confirm(caseNo);
    const id = subject.id();
    await the().send(the().match({ ...id, entry: 3 }));
    const receipt = receiptOf(id.signalId) as Receipt;
    await contest(receipt);
    expect(await stateOf(caseNo)).toMatchObject({ state: 'confirmed' });
    await endWaitingContests(db(), trusted(the().now));
    expect(await stateOf(caseNo)).toMatchObject({ state: 'contested' });
    expect(await countCases(db(), as('lea'), { order: many })).toEqual({ count: 10_000, isMore: true });
    await db().deleteFrom('cases').where('source', '=', many.source).execute();
    expect(await countCases(db(), as('lea'), { order: many })).toEqual({ count: 0, isMore: false });
  });

  test('a contest works after the signals were deleted, and after the order ended', async () => {
    const { subject, caseNo, receipts } = await newCase();
    await confirm(caseNo);
    await db()
      .deleteFrom('signals')
      .where('signalId', 'in', (eb) =>
        eb
          .selectFrom('signals as s')
          .innerJoin('countingWindows as w', 'w.windowNo', 's.windowNo')
          .select('s.signalId')
          .where('w.pseudonym', '=', subject.pseudonym),
      )
      .execute();
    await db()
      .updateTable('lineages')
      .set({ endsAt: NOON - 3 * DAY_MS })
      .execute();
    await contest(receipts[1]);
    expect(await stateOf(caseNo)).toMatchObject({ state: 'contested' });
    await act('cy', 'overturn', caseNo, WRONG);
    expect(await outcome(receipts[1])).toMatchObject({ result: { outcome: 'overturned' } });
    await the().receiver.refresh();
  });

  test('while too many contests name no decided case, none is stored, whatever its receipt', async () => {
    const { caseNo, receipts } = await newCase();
    await confirm(caseNo);
    const [{ waiting } = { waiting: 0 }] = await db()
      .selectFrom('contests')
      .select(({ fn }) => fn.countAll<number>().as('waiting'))
      .where('caseNo', 'is', null)
      .execute();
    await sql`
      insert into contests (receipt, text, received_day, due_day)
      select 'FILL-' || n, 'x', ${toDay(NOON)}::integer, ${toDay(NOON) + 14}::integer
      from generate_series(1, ${MAX_WAITING - waiting}::integer) n`.execute(db());
    try {
      for (const receipt of [receipts[0], random()]) {
        const refused = await post('/v1/contests', { receipt, text: 'x' });
        expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '60']);
      }
      expect(await stateOf(caseNo)).toMatchObject({ state: 'confirmed' });
    } finally {
      await db()
        .deleteFrom('contests')
        .where('receipt', 'like', 'FILL-%' as Receipt)
        .execute();
    }
    expect(await contest(receipts[0])).toMatchObject({ status: 202 });
  });

  test('erasing a subject erases what they contest, and what would still be told', async () => {
    const undecided = await newCase();
    const decided = await newCase();
    await confirm(decided.caseNo);
    await contest(undecided.receipts[0]);
    await contest(decided.receipts[0]);
    await act('cy', 'uphold', decided.caseNo, { answer: 'Exact files.' });
    for (const { subject } of [undecided, decided])
      await db()
        .transaction()
        .execute((tx) => eraseSubject(tx, subject.pseudonym, the().now));
    for (const { receipts } of [undecided, decided])
      await expect(findContest(db(), as('cy'), receipts[0])).rejects.toMatchObject(isRefused('nobody contests'));
    expect(await deliver()).toBe(0);
    expect(await caseNoOf(decided.subject)).toBe(0);
  });

  test('erasing a subject erases what they contested of a case that retention has deleted; an export has it before', async () => {
    const { subject, caseNo, receipts } = await newCase();
    await contest(receipts[0], 'It is my cat.');
    await act('ada', 'take', caseNo);
    await act('ada', 'dismiss', caseNo, { reason: 'not-enough', text: 'One clip.' });
    await endCases(db(), await readConfig(the().dataDir), trusted(the().now));
    expect(await stateOf(caseNo)).toBeUndefined();
    expect(await findContest(db(), as('cy'), receipts[0])).toMatchObject({ caseNo: null, outcome: 'dismissed' });
    const pseudonym = toHex(subject.pseudonym);
    const exported = () => exportSubject(db(), token('lea'), pseudonym, the().now);
    expect((await exported()).contests).toMatchObject([{ text: 'It is my cat.', outcome: 'dismissed' }]);
    await the().receiver.erase(pseudonym, token('lea'));
    await expect(findContest(db(), as('cy'), receipts[0])).rejects.toMatchObject(isRefused('nobody contests'));
    expect((await exported()).contests).toEqual([]);
    expect(await deliver()).toBe(0);
  });

  test('a contest whose case is deleted before anybody judged it is answered all the same', async () => {
    const { caseNo, receipts } = await newCase();
    await confirm(caseNo);
    await contest(receipts[0]);
    later(366 * DAY_MS);
    await endCases(db(), await readConfig(the().dataDir), trusted(the().now));
    expect(await stateOf(caseNo)).toBeUndefined();
    await endWaitingContests(db(), trusted(the().now));
    await deliver();
    expect(target.events.map(({ data }) => [data.receipt, data.outcome])).toContainEqual([receipts[0], 'no-decision']);
  });

  test('an entry that is suppressed after the decision marks its cases once, and whom an upheld contest was told', async () => {
    const upheld = await newCase([61, 62]);
    const reported = await newCase([61, 63]);
    const untouched = await newCase([64, 65]);
    for (const { caseNo } of [upheld, reported, untouched]) await confirm(caseNo);
    await contest(upheld.receipts[0]);
    await act('cy', 'uphold', upheld.caseNo, { answer: 'Exact files.' });
    await act('lea', 'report', reported.caseNo);
    await deliver();
    target.events = [];
    await db().insertInto('suppressed').values({ reference: LIST, entry: 61, cause: 'suppression' }).execute();
    try {
      expect((await Promise.all([markSuppressed(db(), the().now), markSuppressed(other(), the().now)])).sort()).toEqual(
        [0, 2],
      );
      expect(await markSuppressed(db(), the().now)).toBe(0);
    } finally {
      await db().deleteFrom('suppressed').execute();
    }
    await deliver();
    expect(target.events).toMatchObject([
      { type: 'contest.entry-withdrawn', data: { receipt: upheld.receipts[0], outcome: 'upheld' } },
    ]);
    expect((await actionsOn(upheld.caseNo)).slice(-2)).toEqual(['receiver mark', 'receiver tell']);
    expect((await readCaseFile(db(), as('lea'), reported.caseNo)).case).toMatchObject({
      state: 'reported',
      markedDay: '2026-11-24',
    });
    expect((await readCaseFile(db(), as('lea'), untouched.caseNo)).case).toMatchObject({ markedDay: null });
  });

  test('a case with an entry that was withdrawn after the decision is not reported, until others have judged it again', async () => {
    const { caseNo } = await newCase([66, 67]);
    await confirm(caseNo);
    await db().insertInto('suppressed').values({ reference: LIST, entry: 66, cause: 'suppression' }).execute();
    try {
      await markSuppressed(db(), the().now);
      await expect(act('lea', 'report', caseNo)).rejects.toMatchObject(
        isRefused(`an entry of case ${caseNo} was withdrawn after the decision`),
      );
      expect(await stateOf(caseNo)).toMatchObject({ state: 'confirmed' });
      await act('ada', 'contest', caseNo, { text: 'One entry is left.' });
      await act('cy', 'uphold', caseNo);
      expect(await act('lea', 'report', caseNo)).toMatchObject({ state: 'reported' });
    } finally {
      await db().deleteFrom('suppressed').execute();
    }
  });

  test('an entry that a later version of the list no longer has marks decided cases, and does not count in others, until a version has it again', async () => {
    const [undecided, decided] = [await newCase([71, 73]), await newCase([71, 72])];
    await confirm(decided.caseNo);
    const { lists } = the().authorities;
    const open = async () => (await readCaseFile(db(), as('lea'), undecided.caseNo)).case;
    try {
      await lists.publish(list(21, listFile(ENTRIES.filter((entry) => entry !== 71))));
      expect(await the().receiver.refresh()).toEqual({ failed: [] });
      expect(await open()).toMatchObject({ isAboveThreshold: false });
      expect((await actionsOn(decided.caseNo)).at(-1)).toBe('receiver mark');
      const late = await newCase([71, 74]); // of a device that still has the version before
      expect(late.caseNo).toBe(0);
      await lists.publish(list(22));
      expect(await the().receiver.refresh()).toEqual({ failed: [] });
      expect(await open()).toMatchObject({ isAboveThreshold: true });
    } finally {
      await lists.publish(list(1));
      await db().deleteFrom('suppressed').execute();
    }
  });

  const overturned = async (): Promise<Receipt> => {
    const { caseNo, receipts } = await newCase();
    await confirm(caseNo);
    await contest(receipts[0]);
    await act('cy', 'overturn', caseNo, WRONG);
    return receipts[0];
  };
  const callbacks = () => db().selectFrom('callbacks').selectAll().execute();

  test.each<[string, Answer, string]>([
    ['answers 500', (response) => response.writeHead(500).end('x'.repeat(100_000)), 'HTTP 500'],
    ['redirects', (response) => response.writeHead(308, { location: '/elsewhere' }).end(), 'HTTP 308'],
    ['hangs', () => undefined, 'TimeoutError'],
    ['hangs in its answer', (response) => void response.writeHead(500).write('x'), 'HTTP 500'],
    ['closes the connection', (response) => void response.socket?.destroy(), 'UND_ERR_SOCKET'],
  ])('a target that %s is asked again with the same id, until it accepts', async (_, answer, lastAnswer) => {
    await overturned();
    target.answer = answer;
    if (lastAnswer === 'TimeoutError') target.timeoutMs = 100;
    expect(await deliver()).toBe(0);
    expect(await callbacks()).toMatchObject([{ state: 'due', attempts: 1, lastAnswer, nextAt: NOON + 5_000 }]);
    expect(await deliver()).toBe(0);
    expect(target.events).toHaveLength(1);
    target.answer = accept;
    target.timeoutMs = undefined;
    later(5_000);
    expect(await deliver()).toBe(1);
    expect(new Set(target.ids).size).toBe(1);
    expect(target.events[1]).toEqual(target.events[0]);
  });

  test('a callback still waits after a day of 500s; after four days it is dead, and a lead retries it', async () => {
    await overturned();
    target.answer = (response) => response.writeHead(500).end();
    const passDays = async (days: number): Promise<void> => {
      for (const end = the().now + days * DAY_MS; the().now < end; later(3_600_000)) await deliver();
    };
    await passDays(1);
    expect(await callbacks()).toMatchObject([{ state: 'due', lastAnswer: 'HTTP 500' }]);
    expect(target.events.length).toBeGreaterThan(3);
    expect(new Set(target.ids).size).toBe(1);
    await stopTarget();
    await passDays(3);
    const [dead] = await callbacks();
    expect(dead).toMatchObject({ state: 'dead', attempts: 10, lastAnswer: 'ECONNREFUSED' });
    expect(await deliver()).toBe(0);
    await startTarget(Number(new URL(target.url).port));
    expect(await deliver()).toBe(0);
    expect(await listCallbacks(db(), as('otto'), 'dead')).toHaveLength(1);
    await expect(listCallbacks(db(), as('ada'), 'dead')).rejects.toMatchObject(
      isRefused('a reviewer sees no callbacks'),
    );
    const id = dead?.callbackId ?? '';
    await expect(retryCallback(db(), as('otto'), id, the().now)).rejects.toMatchObject(isRefused('only a lead'));
    await retryCallback(db(), as('lea'), id, the().now);
    await expect(retryCallback(db(), as('lea'), id, the().now)).rejects.toMatchObject(isRefused('no dead callback'));
    expect(await deliver()).toBe(1);
    expect(target.ids).toEqual([id]);
  });

  test('a receiver that ends between the outcome and its callback, or during it, loses none', async () => {
    const receipt = await overturned();
    // Ended during the attempt: claimed, and nothing else.
    await db()
      .updateTable('callbacks')
      .set({ attempts: 1, nextAt: NOON + 60_000 })
      .execute();
    expect(await deliver(other())).toBe(0);
    later(60_000);
    expect(await deliver(other())).toBe(1);
    expect(target.events.map(({ data }) => data.receipt)).toEqual([receipt]);
  });

  test('a callback that was attempted while the clock was a year ahead does not wait for that year', async () => {
    await overturned();
    await db()
      .updateTable('callbacks')
      .set({ attempts: 1, nextAt: NOON + 365 * DAY_MS })
      .execute();
    expect(await deliver()).toBe(1);
  });

  test('a failed action leaves neither an outcome nor a callback', async () => {
    const { caseNo, receipts } = await newCase();
    await confirm(caseNo);
    await contest(receipts[0]);
    await expect(act('cy', 'uphold', caseNo)).rejects.toMatchObject(isRefused('state the reason for the user'));
    expect(await callbacks()).toEqual([]);
    expect(await outcome(receipts[0])).toEqual({ result: null });
    expect(await stateOf(caseNo)).toMatchObject({ state: 'contested' });
  });

  test('what the receiver did is in the record, whose chain holds', async () => {
    const [dismissed, judged] = [await newCase(), await newCase([68, 69])];
    await act('ada', 'take', dismissed.caseNo);
    await act('ada', 'dismiss', dismissed.caseNo, { reason: 'not-enough', text: 'One clip.' });
    await endCases(db(), await readConfig(the().dataDir), trusted(the().now));
    await confirm(judged.caseNo);
    await contest(judged.receipts[0]);
    await act('cy', 'uphold', judged.caseNo, { answer: 'Exact files.' });
    await db().insertInto('suppressed').values({ reference: LIST, entry: 68, cause: 'suppression' }).execute();
    try {
      await markSuppressed(db(), the().now);
    } finally {
      await db().deleteFrom('suppressed').execute();
    }
    await deliver();
    await the().receiver.erase(toHex(judged.subject.pseudonym), token('lea'));
    let ndjson = '';
    for await (const line of exportRecord(db())) ndjson += `${line}\n`;
    const { entries } = parseRecord(ndjson);
    expect(brokenRecordLink(entries)).toBeUndefined();
    const own = entries.filter(({ role }) => role === 'service');
    expect(new Set(own.map(({ actor, action }) => `${actor} ${action}`))).toEqual(
      new Set(['receiver contest', 'receiver erase', 'receiver expire', 'receiver mark', 'receiver tell']),
    );
    expect(ndjson).not.toMatch(/It is my dog|[A-Z2-7]{4}-[A-Z2-7]{4}/);
  });
}
