/** `lodestone-receiver users`, `cases` and `record` as people use them, from the first administrator to an exported record. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseRecord } from '@lodestone/protocol/case-record';
import type { Receipt } from '@lodestone/protocol/contest';
import type { Name } from '@lodestone/protocol/name';
import type { TargetReference } from '@lodestone/protocol/paths';
import { type Day, toInstant } from '@lodestone/protocol/time';
import { inThisProcess, type Printed } from '@lodestone/testkit/in-this-process';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { program } from '../src/cli/program.ts';
import { acceptContest } from '../src/contests/accept.ts';
import { openDatabase } from '../src/db/open.ts';
import { initReceiver } from '../src/init.ts';
import { findPostgres, NO_POSTGRES, startPostgres, type TestPostgres } from './support/postgres.ts';
import { SECRET } from './support/secret.ts';

const isAvailable = findPostgres() !== undefined;

/** Each command opens the database, which takes seconds with PGlite; that its lock is named is in another test. */
describe.runIf(isAvailable)(isAvailable ? 'on PostgreSQL' : NO_POSTGRES, () => {
  let dataDir: string;
  let postgres: TestPostgres;
  const tokens = new Map<string, string>();
  let caseNo: number;

  /** Runs a command as a user. */
  const as = async (user: string, ...args: readonly string[]): Promise<Printed> => {
    vi.stubEnv('LODESTONE_RECEIVER_TOKEN', tokens.get(user));
    return inThisProcess(
      (all) =>
        program()
          .parseAsync(all, { from: 'user' })
          .then(() => undefined),
      [...args, '--data', dataDir],
    );
  };
  const add = async (user: string, role: string): Promise<void> => {
    tokens.set(user, (await as('root', 'users', 'add', user, '--role', role)).out.trim());
  };

  beforeAll(async () => {
    dataDir = path.join(await mkdtemp(path.join(tmpdir(), 'receiver-review-')), 'data');
    postgres = await startPostgres();
    vi.stubEnv('DATABASE_URL', postgres.url);
    await initReceiver({ dataDir, secret: SECRET });
    const database = await openDatabase({ dataDir, databaseUrl: postgres.url, log: pino({ level: 'silent' }) });
    const row = await database.db
      .insertInto('cases')
      .values({
        pseudonym: new Uint8Array(16).fill(0xab),
        source: 'court' as Name,
        orderId: 'order-1' as Name,
        state: 'new',
        isDecided: false,
        openedDay: 20_780 as Day,
        stateDay: 20_780 as Day,
        dueDay: 20_787 as Day,
        newestDay: 20_780 as Day,
        openWindows: 1,
        exactEntries: 1,
        entries: 2,
        days: 3,
      })
      .returning('caseNo')
      .executeTakeFirstOrThrow();
    caseNo = row.caseNo;
    await database.close();
    for (const [user, role] of [
      ['root', 'administrator'],
      ['ada', 'reviewer'],
      ['bo', 'reviewer'],
      ['lea', 'lead'],
      ['otto', 'auditor'],
    ] as const)
      await add(user, role);
  }, 60_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await postgres.stop();
    await rm(path.dirname(dataDir), { recursive: true });
  });

  test('each user gets a token of their own, and an administrator lists and removes users', async () => {
    expect(new Set(tokens.values()).size).toBe(5);
    for (const token of tokens.values()) expect(token).toMatch(/^lsu_[\w-]{43}$/);
    await add('eve', 'reviewer');
    expect(await as('root', 'users', 'remove', 'eve')).toMatchObject({ out: '', err: 'eve is removed.\n' });
    expect((await as('ada', 'users', 'list')).out).toMatch(/^ada +reviewer$[^]*^eve +reviewer +removed$/m);
    await expect(as('eve', 'users', 'list')).rejects.toMatchObject({ code: 'ERR_CASE' });
  });

  test('without a token, the error names the variable', async () => {
    await expect(as('nobody', 'cases', 'list')).rejects.toMatchObject({
      code: 'ERR_CASE',
      message: 'set LODESTONE_RECEIVER_TOKEN to the token that users add printed for you',
    });
  });

  test('two reviewers confirm a case, a lead reports it, and the record has what they did', async () => {
    const no = String(caseNo);
    expect((await as('ada', 'cases', 'list', '--state', 'new')).out).toBe(
      `CASE  STATE  HOLDER  OPENED      DUE         EXACT  ENTRIES  DAYS  ORDER\n${no.padEnd(4)}  new    -       2026-11-23  2026-11-30  1      2        3     court:order-1\n`,
    );
    expect((await as('ada', 'cases', 'take', no)).out).toBe(`Case ${no} is in-review.\n`);
    await expect(as('bo', 'cases', 'confirm', no)).rejects.toMatchObject({
      message: `case ${no} is in-review, held by ada: confirm is refused, because another user reviews the case`,
    });
    await as('ada', 'cases', 'confirm', no, '--text', 'Two files of the list.');
    await as('bo', 'cases', 'take', no);
    const reporter = path.join(path.dirname(dataDir), 'reporter.json');
    const person = { firstName: 'Lea', lastName: 'Lead', email: 'lea@chat.example' };
    await writeFile(reporter, JSON.stringify({ service: 'Chat', reportingPerson: person }));
    const file = path.join(path.dirname(dataDir), 'report.xml');
    const toXml = (user: string): Promise<Printed> =>
      as(user, 'cases', 'export', no, '--format', 'ncmec', '--reporter', reporter, '--out', file);
    await expect(toXml('lea')).rejects.toMatchObject({ message: expect.stringContaining('only a confirmed case') });
    await as('bo', 'cases', 'confirm', no);
    await expect(toXml('bo')).rejects.toMatchObject({ message: 'export is for a lead; bo is reviewer' });
    expect((await toXml('lea')).err).toBe(`${file} is written, marked as a test. Nothing was sent.\n`);
    expect(await readFile(file, 'utf8')).toContain(
      `TEST: this is not a real report. Case ${no}, confirmed by two people.`,
    );
    await expect(toXml('lea')).rejects.toMatchObject({ message: expect.stringContaining('exists already') });
    expect((await as('lea', 'cases', 'report', no)).out).toBe(`Case ${no} is reported.\n`);

    const shown = (await as('bo', 'cases', 'show', no)).out;
    expect(shown).toContain(`Subject ${'ab'.repeat(16)}.`);
    expect(shown).toMatch(/ada \(reviewer\): confirm, now confirmed-once\n {2}Two files of the list\.\n/);
    const audited = await as('otto', 'cases', 'show', no);
    for (const secret of ['abab', 'court', 'Two files']) expect(audited.out).not.toContain(secret);

    const exported = await as('otto', 'record', 'export');
    expect(
      parseRecord(exported.out)
        .entries.map(({ actor, action }) => `${actor} ${action}`)
        .slice(-6),
    ).toEqual(['ada take', 'ada confirm', 'bo take', 'bo confirm', 'lea export', 'lea report']);
    await expect(as('ada', 'record', 'export')).rejects.toMatchObject({ code: 'ERR_CASE' });
  });

  test('a contest by receipt is found, judged with an answer, and its entries are feedback for the list', async () => {
    const no = String(caseNo);
    const receipt = 'MFRG-GZDF-MZTW-Q2LK' as Receipt;
    await expect(as('lea', 'contests', 'find', receipt)).rejects.toMatchObject({
      message: expect.stringContaining('nobody contests'),
    });
    const database = await openDatabase({ dataDir, databaseUrl: postgres.url, log: pino({ level: 'silent' }) });
    const reference = 'lists:v1/lists/known/manifest.json' as TargetReference;
    const signal = { receipt, caseNo, reference, entry: 7, evidence: 'exact', isMarked: false } as const;
    await database.db.insertInto('caseReceipts').values(signal).execute();
    await acceptContest(database.db, { receipt, text: 'My dog.\nReally.' }, Date.UTC(2026, 10, 24));
    await database.close();

    const row = `1        ${no.padEnd(4)}  2026-11-24  2026-12-08  -`;
    const head = 'CONTEST  CASE  RECEIVED    DUE         OUTCOME';
    expect((await as('ada', 'contests', 'list')).out).toBe(`${head}\n${row}\n`);
    expect((await as('lea', 'contests', 'find', receipt.toLowerCase())).out).toBe(
      `${head}\n${row}\n\nMy dog.\nReally.\n`,
    );
    await expect(as('otto', 'contests', 'list')).rejects.toMatchObject({ code: 'ERR_CASE' });
    expect((await as('bo', 'cases', 'show', no)).out).toContain('Contest 1:\nMy dog.\nReally.');
    await add('cy', 'reviewer');
    const overturn = ['cases', 'overturn', no, '--reason', 'wrong-match', '--text', 'A dog.'];
    await expect(as('cy', ...overturn)).rejects.toMatchObject({ message: expect.stringContaining('with an answer') });
    expect((await as('cy', ...overturn, '--answer', 'It is a dog.')).out).toBe(`Case ${no} is overturned.\n`);
    expect((await as('ada', 'contests', 'list')).out).toBe('No contests.\n');

    expect((await as('lea', 'callbacks', 'list')).out).toBe('No callbacks.\n');
    expect((await as('lea', 'callbacks', 'list', '--state', 'due')).out).toMatch(
      /^CALLBACK .*\nmsg_[\w-]{24} +due +0 +\S+Z +-\n$/,
    );
    expect((await as('lea', 'feedback', '--source', 'lists')).out).toMatch(
      /^{"schema":"lodestone\/feedback\/v1","list":"known","entry":7,"reason":"wrong-match","evidence":"exact","day":"[\d-]{10}"}\n$/,
    );
  });

  test('a lead holds a case, exports and erases a subject, and an administrator purges; the record has each', async () => {
    const [no, pseudonym, out] = [String(caseNo), 'ab'.repeat(16), path.join(path.dirname(dataDir), 'subject.json')];
    expect((await as('lea', 'hold', no, '--text', 'Order 4711')).out).toBe(`Case ${no} is held.\n`);
    await expect(as('lea', 'erase', pseudonym)).rejects.toMatchObject({
      message: expect.stringContaining('a legal hold keeps case'),
    });
    expect((await as('lea', 'export', pseudonym, '--out', out)).err).toBe(`${out} is written: 1 case.\n`);
    expect(JSON.parse(await readFile(out, 'utf8'))).toMatchObject({
      pseudonym,
      cases: [{ caseNo, openedDay: '2026-11-23' }],
    });
    expect((await as('lea', 'unhold', no, '--text', 'ended')).out).toBe(`Case ${no} is not held.\n`);
    expect((await as('nobody', 'purge', '--dry-run')).out).toMatch(/^\d cases? would be deleted\.\n$/);
    expect((await as('root', 'purge')).out).toMatch(
      /^Deleted: \d cases?, 0 signals, 0 signal ids, 0 private keys\.\n$/,
    );
    expect((await as('lea', 'erase', pseudonym)).out).toBe('0 signals erased.\n');
    const { out: record } = await as('otto', 'record', 'export');
    expect(
      parseRecord(record)
        .entries.map(({ action }) => action)
        .slice(-6),
    ).toEqual(['hold', 'export', 'unhold', 'purge', 'erase', 'erase']);
  });

  test('purge by a clock that jumped says what to do, doctor says the same, and purge with the date of today deletes', async () => {
    const database = await openDatabase({ dataDir, databaseUrl: postgres.url, log: pino({ level: 'silent' }) });
    await database.db
      .updateTable('clock')
      .set({ lastDay: 20_000 as Day })
      .execute();
    await database.close();
    const doubt = /data was last deleted on 2024-10-04, .*run purge --confirm-date with the date of today/;
    await expect(as('root', 'purge')).rejects.toMatchObject({ code: 'ERR_RECEIVER', message: doubt });
    const { out } = await as('root', 'doctor');
    process.exitCode = 0; // what doctor set, because something is wrong
    expect(out).toMatch(new RegExp(`^WRONG  retention   the clock says .*${doubt.source}`, 'm'));
    await expect(as('root', 'purge', '--confirm-date', '2024-10-04')).rejects.toMatchObject({ code: 'ERR_RECEIVER' });
    await expect(as('root', 'purge', '--confirm-date', 'today')).rejects.toMatchObject({
      code: 'commander.invalidArgument',
    });
    const today = toInstant(Date.now()).slice(0, 10);
    expect((await as('root', 'purge', '--confirm-date', today)).out).toMatch(/^Deleted: /);
    expect((await as('root', 'purge')).out).toMatch(/^Deleted: /);
  });

  test.each([
    [['contests', 'find', 'x'], 'ERR_SCHEMA'],
    [['callbacks', 'retry', 'msg_x'], 'ERR_CASE'],
    [['cases', 'confirm', '1', '--answer', 'x'], 'commander.unknownOption'],
    [['cases', 'tell', '1'], 'commander.unknownCommand'],
    [['users', 'add', 'receiver', '--role', 'lead'], 'ERR_CASE'],
    [['cases', 'take', 'x'], 'commander.invalidArgument'],
    [['cases', 'dismiss', '1', '--text', 'No.'], 'commander.missingMandatoryOptionValue'],
    [['cases', 'dismiss', '1', '--reason', 'boredom'], 'commander.invalidArgument'],
    [['cases', 'list', '--state', 'old'], 'commander.invalidArgument'],
    [['users', 'add', 'x', '--role', 'king'], 'commander.invalidArgument'],
    [['users', 'add', 'Not a name', '--role', 'lead'], 'ERR_SCHEMA'],
  ])('%j is refused', async (args, code) => {
    await expect(as('lea', ...args)).rejects.toMatchObject({ code });
  });
});
