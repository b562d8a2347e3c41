/**
 * node --conditions=source packages/receiver/bench/main.ts [--database pglite,postgresql] [--bodies N] [--single N] [--spread N]
 *   [--kinds signal,cover,rubbish] [--concurrency N] [--load N] [--profile FOLDER]
 * What a receiver stores per second, how long answers take while `--load` signals arrive each second, and how well answer times tell
 * what a body was (area under the ROC curve: 0.5 is not at all). The receiver and the sender run in two processes. With --profile, each
 * part's processor time is printed, and the profiles are written to the folder. Exits with 1 if the easiest pair of kinds is above MAX_AREA.
 * The budgets are in docs/design/receiver.md#speed.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { ANSWER_STEP_MS } from '../src/ingest/answer-time.ts';
import { benchPostgres } from './postgres.ts';
import { startWorld, type World } from '../test/support/world.ts';
import { worstPair } from './auc.ts';
import { bodyMaker, type BodyClass, CLASSES } from './bodies.ts';
import { answersUnderLoad } from './load.ts';
import { send } from './send.ts';
import type { SenderInput } from './sender.ts';
import { throughput } from './throughput.ts';

const { values } = parseArgs({
  options: {
    database: { type: 'string', default: 'pglite,postgresql' },
    bodies: { type: 'string', default: '6000' },
    single: { type: 'string', default: '4000' },
    spread: { type: 'string', default: '16000' },
    concurrency: { type: 'string', default: '2000' },
    kinds: { type: 'string', default: 'signal,cover,rubbish' },
    load: { type: 'string', default: '750' },
    profile: { type: 'string' },
    json: { type: 'string' },
    reference: { type: 'string' },
    rows: { type: 'string' },
  },
});

/**
 * Budget of the area under the curve. With 4,000 requests of five kinds, chance alone puts one of the ten pairs above it
 * about once in 200 runs; with 500 requests, in most runs.
 */
const MAX_AREA = 0.55;

console.log(`Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}`);
let figures = 0;
const count = Number(values.bodies);
const kinds = CLASSES.filter((kind) => values.kinds.split(',').includes(kind));
const aboveBudget: string[] = [];
for (const database of values.database.split(',')) {
  const postgres = database === 'postgresql' ? await benchPostgres() : undefined;
  const world = await startWorld(postgres?.url, ANSWER_STEP_MS);
  try {
    if (count > 0)
      figures += await throughput(world, {
        database,
        postgres,
        kinds,
        count,
        concurrency: Number(values.concurrency),
        profile: values.profile,
      });
    if (Number(values.load) > 0) {
      await answersUnderLoad(world, database, Number(values.load));
      figures++;
    }
    await answerTimes(world, `${database}, one request at a time`, Number(values.single), {
      concurrency: 1,
      meanGapMs: 5,
    });
    await answerTimes(world, `${database}, about 150 a second`, Number(values.spread), {
      concurrency: 64,
      meanGapMs: 300,
    });
  } finally {
    await world.close();
    await postgres?.stop();
  }
}
console.log(`receiver bench: ${figures} figures${aboveBudget.map((what) => `, above ${MAX_AREA}: ${what}`).join('')}`);
if (aboveBudget.length > 0) process.exitCode = 1;

async function answerTimes(
  world: World,
  what: string,
  count: number,
  how: Pick<SenderInput, 'concurrency' | 'meanGapMs'>,
): Promise<void> {
  if (count === 0) return;
  const make = await bodyMaker(world);
  const classes = Array.from({ length: count }, () => CLASSES[Math.floor(Math.random() * CLASSES.length)] ?? 'cover');
  const { answers } = await send(world, await makeAll(classes, make), how);
  const times = new Map<string, number[]>(CLASSES.map((of) => [of, []]));
  answers.forEach(({ ms }, i) => times.get(classes[i] ?? 'cover')?.push(ms));
  const { pair, area } = worstPair(times);
  const medians = CLASSES.map((of) => `${of} ${median(times.get(of) ?? []).toFixed(1)} ms`);
  const refused = answers.filter(({ status }) => status !== 204).length;
  console.log(
    `${what}: AUC ${area.toFixed(3)} (${pair}) over ${count} answers${refused ? `, ${refused} refused` : ''}`,
  );
  console.log(`  median: ${medians.join(', ')}`);
  figures++;
  if (area > MAX_AREA) aboveBudget.push(`AUC ${area.toFixed(3)} (${what}, ${pair})`);
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

async function makeAll(
  classes: readonly BodyClass[],
  make: (of: BodyClass) => Promise<Uint8Array>,
): Promise<Uint8Array[]> {
  const bodies: Uint8Array[] = [];
  for (const each of classes) bodies.push(await make(each));
  return bodies;
}
