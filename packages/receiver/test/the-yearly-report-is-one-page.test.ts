/** The yearly report as people get it: a statement to fill in, then one page and one JSON document, whole or not at all. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { link, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Name } from '@lodestone/protocol/name';
import { parseReport, printReport, type TransparencyReport } from '@lodestone/protocol/transparency-report';
import { inThisProcess } from '@lodestone/testkit/in-this-process';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { program } from '../src/cli/program.ts';
import { writeAllNew } from '../src/cli/write-new.ts';
import { DEFAULT_CONFIG } from '../src/config.ts';
import { type OpenDatabase, openDatabase } from '../src/db/open.ts';
import { initReceiver } from '../src/init.ts';
import { buildReport } from '../src/report/build.ts';
import { printReportPage } from '../src/report/page/page.ts';
import { medianOf, precisionOf, wilson } from '../src/report/statistics.ts';
import { order } from './support/documents.ts';
import { copyEmbeddedDatabase } from './support/embedded-database.ts';
import { fillYears, STATEMENT } from './support/report-year.ts';
import { SECRET } from './support/secret.ts';
import { insertUsers } from './support/users.ts';

const MAIN = path.join(import.meta.dirname, '../src/cli/main.ts');
const AT = Date.UTC(2026, 1, 2);
const HOSTILE = `"><img src=x onerror=alert(1)>'&{{7*7}}</style><script>`;

let folder: string;
let dataDir: string;
let database: OpenDatabase;
let report: TransparencyReport;
let token: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'receiver-report-'));
  dataDir = path.join(folder, 'data');
  await initReceiver({ dataDir, secret: SECRET });
  await copyEmbeddedDatabase(path.join(dataDir, 'db'));
  database = await openDatabase({ dataDir, databaseUrl: undefined, log: pino({ level: 'silent' }) });
  const { db } = database;
  await fillYears(db);
  token = (await insertUsers(db, 'report')).auditor;
  const document = order('order-2024-7', {
    notBefore: '2024-06-01T00:00:00Z' as never,
    notAfter: '2026-05-30T00:00:00Z' as never,
    legal: { instrument: HOSTILE, jurisdiction: 'XX' },
  });
  await db
    .insertInto('orders')
    .values({
      orderDigest: 'ab'.repeat(32) as never,
      source: 'court' as Name,
      orderId: 'order-2024-7' as Name,
      document,
    })
    .execute();
  report = await build();
}, 30_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const build = (statement = STATEMENT): Promise<TransparencyReport> =>
  buildReport(
    { db: database.db, config: DEFAULT_CONFIG, user: { name: 'otto' as Name, role: 'auditor' } },
    statement,
    AT,
  );
const rowsOf = (name: keyof TransparencyReport['breakdowns']) =>
  Object.fromEntries(report.breakdowns[name].map(({ key, year, before }) => [key, [year, before]]));

test('the figures of two years stand side by side, rounded to tens, and small ones are hidden', async () => {
  expect(report).toMatchObject({ year: 2025, isFinal: true, countedSince: null, smallCount: 10 });
  expect(rowsOf('totals')).toMatchObject({
    signals: [2530, 1520],
    confirmed: [10, null],
    dismissed: [0, 0],
    overturned: [10, 10],
    complaints: [80, 40],
  });
  expect(rowsOf('signalsByMonth')).toMatchObject({ '01': [210, 130], '12': [240, 150] });
  expect(rowsOf('signalsBySurface')).toEqual({
    send: [1750, 1050],
    upload: [760, 460],
    profile: [null, null],
    several: undefined,
  } as never);
  expect(rowsOf('floods')).toEqual({ quarantined: [null, null], questioned: [0, 0], kept: [30, 20], released: [0, 0] });
  expect(rowsOf('lookups')).toEqual({ requested: [30, 20], signed: [0, 0], saved: [null, null] });
  const page = await printReportPage(report);
  for (const label of ['Entries that a lead kept in quarantine', 'Signed files that a reviewer or lead saved'])
    expect(page).toContain(label);
  expect(rowsOf('deletions')).toMatchObject({ confirmed: [10, null], erased: [0, 0] });
  expect(report.medians).toEqual({
    daysToReview: { year: 1, before: 1 },
    daysToDecision: { year: 3, before: 3 },
    daysToOutcome: { year: 9, before: 9 },
  });
  expect(report.orders).toMatchObject([{ orderId: 'order-2024-7', basis: 'order', endsAt: '2026-05-30T00:00:00Z' }]);
});

test('a library that hands over no whole statement gets the reason, not an error of the database', async () => {
  for (const year of [NaN, 1.5, 1999])
    await expect(build({ ...STATEMENT, year })).rejects.toMatchObject({
      code: 'ERR_SCHEMA',
      message: expect.stringContaining('statement at year'),
    });
});

test('precision has a Wilson interval, which also covers the rounding', () => {
  const [low, high] = wilson(81, 263 - 81); // an example of Newcombe 1998
  expect([low, high].map((share) => share.toFixed(4))).toEqual(['0.2553', '0.3662']);
  expect(wilson(0, 10)[0]).toBe(0);
  expect(wilson(10, 0)[1]).toBeCloseTo(1);
  expect(precisionOf(200, 30)).toEqual({ value: 0.87, low: 0.8, high: 0.925 });
  for (const [confirmed, dismissed] of [
    [null, 30],
    [200, null],
    [0, 0],
  ] as const)
    expect(precisionOf(confirmed, dismissed)).toBeNull();
  const exact = report.precision.technology.find(({ key }) => key === 'exact')?.year;
  const [trueLow, trueHigh] = wilson(204, 29);
  expect((exact?.low ?? 1) <= trueLow && trueHigh <= (exact?.high ?? 0)).toBe(true);
});

test('a median needs ten values', () => {
  expect(medianOf(new Map([[3, 9]]))).toBeNull();
  expect(
    medianOf(
      new Map([
        [10, 5],
        [2, 5],
      ]),
    ),
  ).toBe(6);
  expect(
    medianOf(
      new Map([
        [10, 5],
        [2, 6],
      ]),
    ),
  ).toBe(2);
  expect(medianOf(new Map())).toBeNull();
});

test('the JSON document has one form: what is printed is read, and an unknown key or an exact count is refused', () => {
  const bytes = printReport(report);
  expect(parseReport(bytes)).toEqual(report);
  const refused = (change: (copy: TransparencyReport) => object): void => {
    const text = JSON.stringify(change(structuredClone(report)));
    expect(() => parseReport(new TextEncoder().encode(text))).toThrow(expect.objectContaining({ code: 'ERR_SCHEMA' }));
  };
  refused((copy) => ({ ...copy, pseudonym: 'ab' }));
  refused((copy) => ({
    ...copy,
    breakdowns: { ...copy.breakdowns, totals: [{ key: 'signals', year: 7, before: 0 }] },
  }));
  refused(({ breakdowns: { totals: _, ...rest }, ...copy }) => ({ ...copy, breakdowns: rest }));
});

test('the page has no script, loads nothing, and its policy allows its own style alone', async () => {
  const page = await printReportPage({ ...report, orders: [] });
  expect(/<script|<link|<img|<iframe|<form|\bon\w+=|style="|url\(|javascript:/i.exec(page)?.[0]).toBeUndefined();
  const style = /<style>([^]*?)<\/style>/.exec(page)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(page).toContain(
    `content="default-src &#39;none&#39;; style-src &#39;sha256-${hash}&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;"`,
  );
  for (const each of page.matchAll(/href="([^"]*)"/g)) {
    expect(each[1]).toMatch(/^#[a-z-]+$/);
    expect(page).toContain(`id="${each[1]?.slice(1)}"`);
  }
});

test('what people wrote is text, whatever it contains', async () => {
  const { provider, service, assessment, measures, signOff } = STATEMENT;
  const page = await printReportPage(
    await build({
      ...STATEMENT,
      provider: { ...provider, name: HOSTILE },
      service: { ...service, name: HOSTILE, facts: [{ fact: HOSTILE, where: HOSTILE }] },
      assessment: { ...assessment, harms: [{ harm: HOSTILE, likelihood: 'low', impact: 'low', reasons: HOSTILE }] },
      measures: [{ measure: HOSTILE, decision: 'adopted', reasons: measures[0]?.reasons ?? '' }],
      signOff: { ...signOff, name: HOSTILE },
    }),
  );
  expect(/<img|<script|<\/style><script/.exec(page)?.[0]).toBeUndefined();
  expect(page.split('&lt;img src=x onerror=alert(1)&gt;').length).toBeGreaterThan(8);
});

test('several files are written, or none; nothing is overwritten, and no temporary file stays', async () => {
  const at = await mkdtemp(path.join(folder, 'write-'));
  await writeAllNew([
    [path.join(at, 'a'), 'one'],
    [path.join(at, 'b'), 'two'],
  ]);
  expect((await stat(path.join(at, 'a'))).mode & 0o777).toBe(0o600);
  await expect(
    writeAllNew([
      [path.join(at, 'c'), 'three'],
      [path.join(at, 'b'), 'four'],
    ]),
  ).rejects.toMatchObject({ code: 'ERR_RECEIVER', message: expect.stringContaining('b exists already') });
  await expect(
    writeAllNew([
      [path.join(at, 'd'), 'five'],
      [path.join(at, 'none', 'e'), 'six'],
    ]),
  ).rejects.toMatchObject({ message: expect.stringContaining('cannot be written (ENOENT)') });
  expect((await readdir(at)).sort()).toEqual(['a', 'b']);
  expect(await readFile(path.join(at, 'b'), 'utf8')).toBe('two');
});

test('what a run left that was killed between two names is named by the next run, which runs after it is deleted', async () => {
  const at = await mkdtemp(path.join(folder, 'killed-'));
  const [page, json] = [path.join(at, 'r.html'), path.join(at, 'r.json')];
  await writeFile(`${page}.0a0a0a0a.part`, 'the page');
  await link(`${page}.0a0a0a0a.part`, page);
  const write = () =>
    writeAllNew([
      [page, 'one'],
      [json, 'two'],
    ]);
  await expect(write()).rejects.toMatchObject({
    code: 'ERR_RECEIVER',
    message: `${page} exists already, and ${json} does not: perhaps a run was interrupted. Delete it, and what ends with .part beside it, or choose a new name`,
  });
  expect(await readFile(page, 'utf8')).toBe('the page');
  await rm(page);
  await write();
  expect([await readFile(page, 'utf8'), await readFile(json, 'utf8')]).toEqual(['one', 'two']);
});

const command = (...args: string[]) =>
  inThisProcess(
    (all) =>
      program()
        .parseAsync(all, { from: 'user' })
        .then(() => undefined),
    ['report', ...args],
  );

test('the command says what to fill in, and refuses a statement of another year and a year that has not begun', async () => {
  const file = path.join(folder, 'statement.json');
  await expect(command('--year', '2025', '--data', dataDir)).rejects.toMatchObject({
    code: 'ERR_RECEIVER',
    message: expect.stringContaining('report --year 2025 --template statement.json'),
  });
  const program = [
    process.execPath,
    ['--conditions=source', MAIN, 'report', '--year', '2025', '--template', file],
  ] as const;
  expect((await promisify(execFile)(...program)).stderr).toContain('Replace each text that begins with TODO');
  await expect(command('--year', '2025', '--data', dataDir, '--statement', file)).rejects.toMatchObject({
    code: 'ERR_SCHEMA',
    message: expect.stringMatching(
      /\d+ faults: at provider\.name: fill it in: the provider’s legal name; at provider\.contact/,
    ),
  });
  await expect(command('--year', '9999', '--template', path.join(folder, 'no.json'))).rejects.toMatchObject({
    message: expect.stringContaining('9999 has not begun'),
  });
  const other = path.join(folder, 'other.json');
  await writeFile(other, JSON.stringify({ ...STATEMENT, year: 2024 }));
  await expect(command('--year', '2025', '--data', dataDir, '--statement', other)).rejects.toMatchObject({
    message: expect.stringContaining('is about 2024, and the report about 2025'),
  });
  await expect(command('--year', '2025', '--statement', other)).rejects.toMatchObject({
    message: expect.stringContaining('give --data DIR'),
  });
});

test('the command writes a page and a JSON document', async () => {
  await database.close(); // one process at a time uses an embedded database
  const file = path.join(folder, 'filled.json');
  await writeFile(file, JSON.stringify(STATEMENT));
  const out = path.join(folder, 'report-2025');
  process.env['LODESTONE_RECEIVER_TOKEN'] = token;
  const { err } = await command('--year', '2025', '--data', dataDir, '--statement', file, '--out', out).finally(
    () => delete process.env['LODESTONE_RECEIVER_TOKEN'],
  );
  expect(err).toContain(`${out}.html and ${out}.json are written. Nothing was sent.`);
  const written = parseReport(await readFile(`${out}.json`));
  expect({ ...written, writtenAt: report.writtenAt }).toEqual(report);
  expect(await readFile(`${out}.html`, 'utf8')).toBe(await printReportPage(written));
});
