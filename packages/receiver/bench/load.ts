/** How long senders wait for an answer while signals arrive at a steady rate. Flow: main → here. Spec: docs/design/receiver.md#speed */
import type { World } from '../test/support/world.ts';
import { bodyMaker } from './bodies.ts';
import { send } from './send.ts';

const SECONDS = 10;
/** Requests under way are about a tenth of the rate; more lanes than that keep the rate when answers are late. */
const LANES_PER_REQUEST = 3;
/** Of the first second, in which connections open, nothing counts. */
const WARM_UP = 1 / SECONDS;

/** Prints the median, the 99th of a hundred, and the longest wait, the answer's step of 100 ms included. */
export async function answersUnderLoad(world: World, database: string, perSecond: number): Promise<void> {
  const make = await bodyMaker(world);
  const bodies: Uint8Array[] = [];
  for (let i = 0; i < perSecond * SECONDS; i++) bodies.push(await make('signal'));
  const answerMs = 100;
  const concurrency = Math.ceil((perSecond * answerMs * LANES_PER_REQUEST) / 1_000);
  const meanGapMs = (concurrency * 1_000) / perSecond - answerMs;
  const { answers, ms } = await send(world, bodies, { concurrency, meanGapMs });
  const waits = answers
    .slice(bodies.length * WARM_UP)
    .map((answer) => answer.ms)
    .toSorted((a, b) => a - b);
  const at = (share: number): string =>
    `${(waits[Math.floor((waits.length - 1) * share)] ?? Number.NaN).toFixed(1)} ms`;
  const refused = answers.filter(({ status }) => status !== 204).length;
  console.log(
    `${database}: answers to ${((bodies.length / ms) * 1_000).toFixed(0)} signals a second: median ${at(0.5)}, 99th of a hundred ${at(0.99)}, longest ${at(1)}${refused ? `, ${refused} refused` : ''}`,
  );
}
