/**
 * The classifier worker's entry: the sandbox's lazy part. Started by the sandbox's window with code whose digest the window holds;
 * it ends with it, or before, to give back memory that a runtime never gives back by itself. Flow: scanner ⇄ here.
 */
import { disarm } from '../scanner/lock-down-scope.ts';
import { RUNTIME_KEPT } from './capabilities.ts';
import type { Answer, Question } from './messages.ts';
import { Fault, Models } from './run.ts';

/** Taken hold of before `disarm` takes them from the scope. */
const { setTimeout: later, clearTimeout: notLater } = globalThis;
disarm(globalThis, RUNTIME_KEPT);
// The runtime times itself, and speaks to a console where it fails: it gets a clock that stands still, and nobody listens.
const silence = (): void => undefined;
standIn('console', { debug: silence, error: silence, info: silence, log: silence, warn: silence });
standIn('performance', { now: () => 0, timeOrigin: 0 });

/** After the last look. Of pictures in a row each overwrites the one before: to forget each by itself would double the work. */
const FORGET_MS = 1_000;

let models: Models | undefined;
let turn: Promise<unknown> = Promise.resolve();
let idle: ReturnType<typeof later> | undefined;

addEventListener(
  'message',
  ({ ports: [port] }: MessageEvent<null>) => {
    if (!port) return;
    port.onmessage = ({ data }: MessageEvent<Question>) => {
      notLater(idle);
      turn = turn.then(async () => port.postMessage(await answer(data)));
      idle = later(() => (turn = turn.then(() => models?.forget()).catch(() => undefined)), FORGET_MS);
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
