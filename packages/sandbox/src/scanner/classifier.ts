/**
 * The scanner's side of the classifier: has its worker started by the window, asks it over a port of its own, has it ended.
 * Flow: scan → here ⇄ classifier/main.
 * Promise: only the code and the runtime that this sandbox was built with run; each question is answered in time, if only by a
 * fault; after a fault of the worker nothing of it is left, and the host may start another.
 */
import type { SandboxModel } from '@lodestone/protocol/model';
import type { ManifestDigest } from '@lodestone/protocol/digest';
import type { ClassifierAnswer, ClassifierFault, ClassifierPart } from '@lodestone/protocol/sandbox';
import type { Answer, ClassifierWord, Question } from '../classifier/messages.ts';
import { createPicker, type Picker } from '../decode/model-input.ts';
import type { Pixels, Size } from '../decode/pixels.ts';

/** SHA-256 of the runtimes of which it runs either; the build writes them in. */
declare const RUNTIME_DIGESTS: readonly string[];

/** Taken hold of here, before `disarm` takes them from the scope: nothing else in the scanner has a way to them. */
const { setTimeout: later, clearTimeout: notLater } = globalThis;

const PREPARE_MS = 20_000;
/** A slow phone takes a second. Far below an item's deadline, so that the lists' answer still stands. */
const LOOK_MS = 8_000;

export class Classifier {
  #port: MessagePort | undefined;
  /** Of each model that is in. */
  #pickers = new Map<ManifestDigest, Picker>();
  /** Why the last look with a model gave no bucket. */
  #faults = new Map<ManifestDigest, ClassifierFault>();
  #ended = (_answer: Answer): void => undefined;

  constructor() {
    addEventListener('message', ({ data, ports: [port] }: MessageEvent<ClassifierWord>) => {
      this.#port = port;
      port?.start();
      this.#ended(data === 'started' ? { ok: true } : { ok: false, fault: data });
      if (!port) this.end();
    });
  }

  async start({ code, runtime }: ClassifierPart): Promise<ClassifierAnswer> {
    this.end();
    if (!RUNTIME_DIGESTS.includes(await digestOf(runtime))) return { ok: false, fault: 'part' };
    const started = await this.#answerTo(() => postMessage(code, { transfer: [code] }), PREPARE_MS);
    return started.ok ? this.#ask({ ask: 'start', runtime }, PREPARE_MS, [runtime]) : started;
  }

  async load(model: SandboxModel): Promise<ClassifierAnswer> {
    const answer = await this.#ask({ ask: 'load', model }, PREPARE_MS, [model.file]);
    if (!answer.ok) return answer;
    try {
      this.#pickers.set(model.manifestDigest, createPicker(model.input));
    } catch {
      this.end();
      return { ok: false, fault: 'runtime' };
    }
    return { ok: true };
  }

  /** The bucket, or undefined where the model is not there, or failed. */
  async look(digest: ManifestDigest, pixels: Pixels, full: Size): Promise<number | undefined> {
    const pick = this.#pickers.get(digest);
    if (!pick) return undefined;
    const tensor = pick(pixels, full);
    const answer = await this.#ask({ ask: 'look', digest, tensor }, LOOK_MS, [tensor.buffer]);
    if (answer.ok) this.#faults.delete(digest);
    else this.#faults.set(digest, answer.fault);
    return answer.ok ? answer.bucket : undefined;
  }

  /** The fault of the last look with it; of a model that is not in, since its worker has ended, `worker`. */
  faultOf(digest: ManifestDigest): ClassifierAnswer {
    const fault = this.#faults.get(digest) ?? (this.#pickers.has(digest) ? undefined : 'worker');
    return fault ? { ok: false, fault } : { ok: true };
  }

  end(): { ok: true } {
    this.#port?.close();
    this.#port = undefined;
    this.#pickers.clear();
    this.#faults.clear();
    this.#ended({ ok: false, fault: 'worker' });
    postMessage('end');
    return { ok: true };
  }

  async #ask(question: Question, ms: number, transfer: Transferable[]): Promise<Answer> {
    const port = this.#port;
    if (!port) return { ok: false, fault: 'worker' };
    const answer = await this.#answerTo((resolve) => {
      port.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
      port.postMessage(question, transfer);
    }, ms);
    if (!answer.ok && answer.fault !== 'model' && this.#port === port) this.end();
    return answer;
  }

  /** One question at a time: the scanner waits for each answer. */
  async #answerTo(put: (resolve: (answer: Answer) => void) => void, ms: number): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#ended = resolve;
    const timer = later(resolve, ms, { ok: false, fault: 'worker' });
    put(resolve);
    const answer = await promise;
    notLater(timer);
    this.#ended = () => undefined;
    return answer;
  }
}

async function digestOf(bytes: ArrayBuffer): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (octet) => octet.toString(16).padStart(2, '0')).join('');
}
