/**
 * node --conditions=source packages/receiver/bench/console.ts [--cases N] [--signals N] [--requests N] [--plans]
 * How long the pages of the console take with 100,000 cases and 1 million signals in PostgreSQL, and which queries read whole tables. With
 * --plans, each plan is printed as EXPLAIN (ANALYZE, BUFFERS) has it. The budget is in docs/design/receiver.md#console.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Name } from '@lodestone/protocol/name';
import type { TargetReference } from '@lodestone/protocol/paths';
import { toDay } from '@lodestone/protocol/time';
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { pino } from 'pino';
import { DEFAULT_CONFIG } from '../src/config.ts';
import { openConsole } from '../src/console/console.ts';
import { migrate } from '../src/db/migrate.ts';
import type { Tables } from '../src/db/schema.ts';
import { findFloods } from '../src/floods/find.ts';
import { totpEncryption } from '../src/users/totp-encryption.ts';
import { Browser } from '../test/support/browser.ts';
import { SECRET } from '../test/support/secret.ts';
import { insertUsers } from '../test/support/users.ts';
import { fill, FILLED_AT } from './fill.ts';
import { benchPostgres } from './postgres.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    signals: { type: 'string', default: '1000000' },
    requests: { type: 'string', default: '10' },
    plans: { type: 'boolean', default: false },
  },
});
/** Budget of a page, in the median. */
const MAX_MS = 200;

/** Entries of the filled signals. */
const FLOODS = Array.from({ length: 200 }, (_, i) => ({
  reference: 'lists:v1/lists/known-1/manifest.json' as TargetReference,
  kind: 'match' as const,
  entry: 4_000 * i + 3,
  state: 'quarantined' as const,
  sinceDay: toDay(FILLED_AT),
  subjects: 100,
}));

interface Query {
  sql: string;
  parameters: readonly unknown[];
}

const postgres = await benchPostgres();
const pool = new pg.Pool({
  connectionString: postgres.url,
  types: {
    getTypeParser: (oid, format) => (oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)),
  },
});
pool.on('error', () => undefined); // of a connection that the server closes at the end
let asked: Query[] = [];
const db = new Kysely<Tables>({
  dialect: new PostgresDialect({ pool }),
  plugins: [new CamelCasePlugin()],
  log: ({ query }) => void asked.push(query),
});
const above: string[] = [];
try {
  await migrate(db, 'the database of the bench');
  const started = performance.now();
  await fill(db, { cases: Number(values.cases), signals: Number(values.signals) }, FILLED_AT);
  console.log(`filled in ${((performance.now() - started) / 1_000).toFixed(0)} s, load ${loadavg()[0]?.toFixed(1)}`);
  await insertUsers(db, 'bench');
  const log = pino({ level: 'error' }, pino.destination(2));
  const totp = totpEncryption(SECRET, new Uint8Array(16));
  const opened = await openConsole(0, { db, totp, config: DEFAULT_CONFIG, log, now: () => FILLED_AT });
  try {
    await pages(opened.url);
    await measure('looking for floods, each hour', () => findFloods({ db, log }, FILLED_AT));
    await db.insertInto('floods').values(FLOODS).execute();
    await floodPages(opened.url);
  } finally {
    await opened.close();
  }
} finally {
  await db.destroy();
  await postgres.stop();
}
console.log(
  `console bench: ${above.length === 0 ? `every page in ${MAX_MS} ms` : `above ${MAX_MS} ms: ${above.join(', ')}`}`,
);

async function pages(url: string): Promise<void> {
  const lead = await Browser.signedIn(
    { receiver: { console: { url } }, database: { db }, now: FILLED_AT },
    'bench-lead' as Name,
  );
  const open = async (path: string): Promise<string> => {
    const page = await lead.get(path);
    if (page.status !== 200) throw new Error(`${path}: ${page.status}`);
    return page.html;
  };
  const nextOf = (html: string): string => /href="([^"]+)" rel="next"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const first = await open('/cases');
  const [caseNo = '1'] = /(?<=href="\/cases\/)\d+/.exec(first) ?? [];
  const second = nextOf(first);
  let deep = second;
  for (let i = 0; i < 20; i++) deep = nextOf(await open(deep));
  for (const path of [
    '/cases',
    '/cases?view=mine',
    '/cases?view=overdue',
    '/cases?view=decided',
    '/cases?view=all',
    '/cases?view=all&state=contested',
    '/cases?view=all&state=in-review',
    '/cases?view=open&order=court:order-1',
    '/cases?view=all&find=c4ca4238',
    second,
    deep,
    `/cases/${caseNo}`,
    '/contests',
    '/overview',
  ])
    await measure(path, () => open(path));
}

async function floodPages(url: string): Promise<void> {
  const world = { receiver: { console: { url } }, database: { db }, now: FILLED_AT };
  const lead = await Browser.signedIn(world, 'bench-lead' as Name);
  const first = (await lead.get('/floods')).html;
  const [floodNo = '1'] = /(?<=href="\/floods\/)\d+/.exec(first) ?? [];
  for (const path of ['/floods', `/floods?view=all&after=${floodNo}`, `/floods/${floodNo}`, '/lookups?view=all'])
    await measure(path, async () => {
      const { status } = await lead.get(path);
      if (status !== 200) throw new Error(`${path}: ${status}`);
    });
}

/** Prints the median and the longest time of some runs, and what the queries of the last one read. */
async function measure(what: string, run: () => Promise<unknown>): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < Number(values.requests); i++) {
    asked = [];
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
  }
  const queries = asked;
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  if (what.startsWith('/') && median > MAX_MS) above.push(what);
  console.log(
    `\n${what}: median ${median.toFixed(0)} ms, first ${times[0]?.toFixed(0)} ms, longest ${sorted.at(-1)?.toFixed(0)} ms, load ${loadavg()[0]?.toFixed(1)}`,
  );
  for (const query of queries) await explain(query);
}

/** Only queries that read: a plan is measured by running it. */
async function explain({ sql, parameters }: Query): Promise<void> {
  if (!/^\s*(?:select|with)/i.test(sql)) return;
  const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain (analyze, buffers) ${sql}`, [...parameters]);
  const lines = rows.map((row) => row['QUERY PLAN']);
  const [, ms = '?'] = /Execution Time: ([\d.]+) ms/.exec(lines.join('\n')) ?? [];
  const scans = lines.flatMap((line) => {
    const [, table, count] = /Seq Scan on (\w+).*rows=(\d+)(?:\.\d+)? loops=/.exec(line) ?? [];
    return table === undefined ? [] : [`all of ${table} (${count} rows)`];
  });
  const buffers = lines.find((line) => line.includes('Buffers:'))?.trim() ?? '';
  console.log(`  ${ms} ms, ${buffers}${scans.length > 0 ? `, reads ${scans.join(', ')}` : ''}: ${shortened(sql)}`);
  if (values.plans) console.log(lines.map((line) => `    ${line}`).join('\n'));
}

function shortened(sql: string): string {
  return sql.replaceAll(/\s+/g, ' ').trim().slice(0, 160);
}
