/**
 * The classifier worker's entry: the room's lazy part. Started by the room's window with code whose digest the window holds;
 * it ends with it, or before, to give back memory that a runtime never gives back by itself. Flow: scanner ⇄ here.
 */
import { disarm } from '../scanner/disarm.ts';
import { RUNTIME_KEPT } from './capabilities.ts';
import type { Answer, Question } from './messages.ts';
import { Fault, Models } from './run.ts';

disarm(globalThis, RUNTIME_KEPT);
// The runtime times itself, and speaks to a console where it fails: it gets a clock that stands still, and nobody listens.
const silence = (): void => undefined;
standIn('console', { debug: silence, error: silence, info: silence, log: silence, warn: silence });
standIn('performance', { now: () => 0, timeOrigin: 0 });

let models: Models | undefined;
let turn: Promise<unknown> = Promise.resolve();

addEventListener(
  'message',
  ({ ports: [port] }: MessageEvent<null>) => {
    if (!port) return;
    port.onmessage = ({ data }: MessageEvent<Question>) => {
      turn = turn.then(async () => {
        port.postMessage(await answer(data));
        if (data.ask === 'look') await models?.forget(data.digest).catch(() => undefined);
      });
    };
  },
  { once: true },
);

async function answer(question: Question): Promise<Answer> {
  try {
    if (question.ask === 'start') models = new Models(question.runtime);
    else if (!models) throw new Fault('runtime');
    else if (question.ask === 'look') return { ok: true, bucket: await models.look(question.digest, question.tensor) };
    else await models.load(question.model);
    return { ok: true };
  } catch (error) {
    return { ok: false, fault: error instanceof Fault ? error.fault : 'runtime' };
  }
}

function standIn(name: string, value: object): void {
  Object.defineProperty(globalThis, name, { value: Object.freeze(value) });
}
