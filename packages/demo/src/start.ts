/**
 * `npm start`: the whole demo on this machine until Ctrl-C; `-- --model sensitive-image` looks with that model instead of the
 * tiny one. `npm start -- --once`: the same without a display, driven in a headless browser and judged.
 * Promise: exit 0 after Ctrl-C, and from `--once` only if all was as it should be.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { LodestoneError } from '@lodestone/protocol/error';
import { startDemo } from './demo.ts';
import { runOnce } from './smoke-test/smoke-test.ts';
import type { DemoModel } from './order.ts';
import { ROOT } from '@lodestone/tools/run/program';

const FIRST_PORTS = { chat: 4600, repositories: 4601, receiver: 4602 };
const ANY_PORTS = { chat: 0, repositories: 0, receiver: 0 };
/** What to look with. Each errs often, so it warns and sends nothing. */
const MODELS = {
  shapes: {
    minBucket: 8,
    try: `“Discs” is on no list: a model on the device takes it for sensitive, which only warns. It looks for nothing but
  magenta discs.`,
  },
  'sensitive-image': {
    minBucket: 7,
    try: `A picture of your own that the model on the device takes for nudity is covered, and nothing leaves for it. The
  model is often wrong.`,
  },
} satisfies Record<DemoModel, unknown>;
const say = (line: string): void => console.log(line);

try {
  const { once, model } = parseArgs({
    options: { once: { type: 'boolean', default: false }, model: { type: 'string', default: 'shapes' } },
  }).values;
  if (!isModel(model)) throw new LodestoneError('ERR_USAGE', `--model: one of ${Object.keys(MODELS).join(', ')}`);
  process.exitCode = once ? await driveOnce() : await serveUntilStopped(model);
} catch (error) {
  if (error instanceof LodestoneError) console.error(`${error.code}: ${error.message}`);
  else if (error instanceof TypeError && 'code' in error)
    console.error(`${error.message}\nUsage: npm start [-- --once | --model NAME]`);
  else throw error;
  process.exitCode = 1;
}

function isModel(name: string): name is DemoModel {
  return Object.hasOwn(MODELS, name);
}

async function serveUntilStopped(model: DemoModel): Promise<number> {
  const started = performance.now();
  const stopped = Promise.withResolvers<void>();
  // Asked for at once, so that a Ctrl-C while the demo starts ends it just as cleanly.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.resolve());
  const directory = path.join(ROOT, '.data/demo');
  const classifier = { model, minBucket: MODELS[model].minBucket, action: 'warn' } as const;
  const demo = await startDemo({ directory, ports: FIRST_PORTS, say, classifier });
  const { chat, repositories, receiver, authorities } = demo;
  const console_ = receiver.url.replace('127.0.0.1', 'localhost');
  say(`
  Chat          ${chat}
  Receiver      ${console_}/   cases and counts
  Repositories  ${Object.values(authorities)
    .map(({ name }) => `${repositories}/${name}/`)
    .join('  ')}

  Try: send “Mountains” as Alice, then “Harbour”. The first arrives at Bob. The second is on the demo’s list: it is
  stopped, and a sealed signal of 192 bytes leaves, which opens a case at the receiver. The
  inspector beside the chat shows the way of each picture and every request. All lists here are invented.
  ${MODELS[model].try}

  Ready in ${((performance.now() - started) / 1_000).toFixed(1)} s. Ctrl-C ends it.`);
  await stopped.promise;
  await demo.close();
  say('Ended.');
  return 0;
}

async function driveOnce(): Promise<number> {
  const directory = await mkdtemp(path.join(tmpdir(), 'lodestone-once-'));
  try {
    return await runOnce({ directory, ports: ANY_PORTS, say });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
