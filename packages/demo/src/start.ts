/**
 * `npm start`: runs the demo until Ctrl-C; `-- --model sensitive-image` uses that model instead of the tiny one.
 * `npm start -- --once`: drives the demo in a headless browser and checks the result.
 * Promise: exit code 0 after Ctrl-C, and from `--once` only if the result is as expected.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { LodestoneError } from '@lodestone/protocol/error';
import { startDemo } from './demo.ts';
import { runSmokeTest } from './smoke-test/smoke-test.ts';
import type { DemoModel } from './order.ts';
import { ROOT } from '@lodestone/tools/run/program';

const FIRST_PORTS = {
  chat: 4600,
  repositories: 4601,
  receiver: 4602,
  console: 4603,
  groupChat: { app: 4604, relay: 4605 },
};
const ANY_PORTS = { chat: 0, repositories: 0, receiver: 0, groupChat: { app: 0, relay: 0 } };
/** The models to choose from. Each is often wrong, so it only warns and nothing is sent. */
const MODELS = {
  shapes: {
    minBucket: 8,
    try: `“Discs” is on no list, but a model on the device classifies it as sensitive, which only warns. This model finds
  nothing but magenta discs.`,
  },
  'sensitive-image': {
    minBucket: 7,
    try: `Send a picture of your own: if the model on the device classifies it as nudity, it is blurred, and nothing is
  sent about it. The model is often wrong.`,
  },
} satisfies Record<DemoModel, unknown>;
const say = (line: string): void => console.log(line);

try {
  const { once, model } = parseArgs({
    options: { once: { type: 'boolean', default: false }, model: { type: 'string', default: 'shapes' } },
  }).values;
  if (!isModel(model))
    throw new LodestoneError(
      'ERR_USAGE',
      `--model ${model}: unknown model; use one of ${Object.keys(MODELS).join(', ')}`,
    );
  process.exitCode = once ? await smokeTest() : await serveUntilStopped(model);
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
  // Registered first, so that Ctrl-C during the start also ends the demo cleanly.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.resolve());
  const directory = path.join(ROOT, '.data/demo');
  const classifier = { model, minBucket: MODELS[model].minBucket, action: 'warn' } as const;
  const demo = await startDemo({ directory, ports: FIRST_PORTS, say, classifier });
  const { chat, groupChat, repositories, receiver, authorities, samples } = demo;
  say(`
  Chat          ${chat}
                two devices in one page, without a framework, with an inspector
  Group chat    ${groupChat?.address}
                React, end-to-end encrypted: start a group, and open its link in another browser, profile or tab
  Files to send ${samples.folder}
  Console       ${await receiver.console?.trialLink()}
                signs you in as a lead: once, within 10 minutes, and without a passphrase, as this is a demo
  Repositories  ${Object.values(authorities)
    .map(({ name }) => `${repositories}/${name}/`)
    .join('  ')}
  Your app      docs/start.md: five lines that use ${repositories}/guard.json
  Operator      npm run provider: the provider's side alone, by the commands that an operator types

  Try: send “Mountains” as Alice, then “Harbour”. Bob receives the first. The second is on the demo’s list: it is
  blocked, and an encrypted signal of 256 bytes is sent, which opens a case at the receiver. The inspector next to
  the chat shows each check, and the SDK’s ledger of its requests. Then try the videos: “Balloons” arrives, “Lighthouse”
  is on the list. All lists here are invented.
  ${MODELS[model].try}

  Ready in ${((performance.now() - started) / 1_000).toFixed(1)} s. Stop with Ctrl-C.`);
  await stopped.promise;
  await demo.close();
  say('Stopped.');
  return 0;
}

async function smokeTest(): Promise<number> {
  const directory = await mkdtemp(path.join(tmpdir(), 'lodestone-once-'));
  try {
    return await runSmokeTest({ directory, ports: ANY_PORTS, say });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
