/**
 * The classifier worker's entry: the room's lazy part. Started by the scanner with code whose digest the room's core holds;
 * it ends with it, or before, to give back memory that a runtime never gives back by itself. Flow: scanner ⇄ here.
 */
import { disarm } from '../scanner/disarm.ts';
import { RUNTIME_KEPT } from './capabilities.ts';
import type { Answer, Question } from './messages.ts';
import { Fault, Models } from './run.ts';

disarm(globalThis, RUNTIME_KEPT);

let models: Models | undefined;
let turn: Promise<unknown> = Promise.resolve();

addEventListener('message', ({ data }: MessageEvent<Question>) => {
  turn = turn.then(async () => postMessage(await answer(data)));
});

async function answer(question: Question): Promise<Answer> {
  try {
    if (question.ask === 'start') models = new Models(question.runtime);
    else if (!models) throw new Fault('runtime');
    else if (question.ask === 'look') return { ok: true, bucket: await models.look(question.digest, question.rgb) };
    else await models.load(question.model);
    return { ok: true };
  } catch (error) {
    return { ok: false, fault: error instanceof Fault ? error.fault : 'runtime' };
  }
}
