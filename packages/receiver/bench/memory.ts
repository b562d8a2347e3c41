/**
 * node --conditions=source packages/receiver/bench/memory.ts [--signals N] [--bodies N] [--concurrency N]
 * The memory of a receiver process over a million signals that count, with PostgreSQL. Making a million bodies would take longer than
 * receiving them, so the same ones are sent in rounds, and the database forgets them in between. Exits with 1 if the memory of the second
 * half is more than 10 % above that of the first.
 */
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { pino } from 'pino';
import { readOutcomeCounts } from '../src/cases/counts.ts';
import { openDatabase } from '../src/db/open.ts';
import { startReceiverProcess } from '../test/support/receiver-process.ts';
import { startWorld } from '../test/support/world.ts';
import { bodyMaker } from './bodies.ts';
import { benchPostgres } from './postgres.ts';
import { send } from './send.ts';

const { values } = parseArgs({
  options: {
    signals: { type: 'string', default: '1000000' },
    bodies: { type: 'string', default: '20000' },
    concurrency: { type: 'string', default: '512' },
  },
});
const [signals, count, concurrency] = [values.signals, values.bodies, values.concurrency].map(Number) as [
  number,
  number,
  number,
];
const MAX_GROWTH = 1.1;
/** A line for so many signals. */
const PRINT_EVERY = 100_000;

const postgres = await benchPostgres();
const world = await startWorld(postgres.url);
const make = await bodyMaker(world);
const bodies: Uint8Array[] = [];
while (bodies.length < count) bodies.push(await make('signal'));
await world.receiver.close();

const { dataDir, databaseUrl, now } = world;
const receiver = startReceiverProcess({ dataDir, databaseUrl, now });
const database = await openDatabase({ dataDir, databaseUrl, log: pino({ level: 'silent' }) });
const rss: number[] = [];
try {
  const addresses = await receiver.addresses;
  if (!addresses) throw new Error('the receiver ended before it listened');
  const { counted: before } = await readOutcomeCounts(database.db);
  for (let sent = 0; sent < signals;) {
    await forget();
    const { answers } = await send({ receiver: addresses }, bodies, { concurrency, meanGapMs: 0 });
    const refused = answers.filter(({ status }) => status !== 204).length;
    if (refused > 0) throw new Error(`${refused} bodies got no 204`);
    sent += count;
    rss.push(megabytes(receiver.pid));
    if (sent % PRINT_EVERY < count)
      console.log(`${sent} signals: ${rss.at(-1)?.toFixed(0)} MB, load ${loadavg()[0]?.toFixed(1)}`);
  }
  const { counted } = await readOutcomeCounts(database.db);
  if (counted - before !== Math.ceil(signals / count) * count) throw new Error(`${counted - before} signals counted`);
} finally {
  await receiver.end('SIGTERM');
  await database.close();
  await Promise.all(Object.values(world.authorities).map((authority) => authority.close()));
  await postgres.stop();
}
const half = Math.ceil(rss.length / 2);
const [first, second] = [Math.max(...rss.slice(0, half)), Math.max(...rss.slice(half))];
console.log(`memory bench: at most ${first.toFixed(0)} MB in the first half, ${second.toFixed(0)} MB in the second`);
if (second > first * MAX_GROWTH) process.exitCode = 1;

/** What is stored of signals, and not what is counted. */
async function forget(): Promise<void> {
  await sql`truncate signal_ids, waiting, signals, counting_windows, cases, case_notes, case_receipts, contests, callbacks, lookups`.execute(
    database.db,
  );
}

/** Resident memory of a process. Linux only. */
function megabytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1_024;
}
