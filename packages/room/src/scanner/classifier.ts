/**
 * The scanner's side of the classifier: starts its worker, asks it, and ends it. Flow: scan → here ⇄ classifier/main.
 * Promise: only the code and the runtime that this room was built with run; each question is answered in time, if only by a
 * fault; after a fault of the worker nothing of it is left, and the host may start another.
 */
import type { RoomModel } from '@lodestone/protocol/model';
import type { Digest } from '@lodestone/protocol/names';
import type { ClassifierAnswer, ClassifierPart } from '@lodestone/protocol/room';
import type { Answer, Question } from '../classifier/messages.ts';
import { pickRgb } from '../decode/pick-rgb.ts';
import type { Pixels } from '../decode/pixels.ts';
import { scriptUrls } from '../script-urls.ts';

/** SHA-256 of the part's code and of its runtime; the build writes them in. */
declare const CLASSIFIER_DIGESTS: { readonly code: string; readonly runtime: string };

/** Taken hold of here, before `disarm` takes them from the scope: nothing else in the scanner has a way to them. */
const { Worker: WorkerOf, setTimeout: later, clearTimeout: notLater } = globalThis;
const asUrl = scriptUrls();

const PREPARE_MS = 20_000;
/** A slow phone takes a second. Far below an item's deadline, so that the lists' answer still stands. */
const LOOK_MS = 8_000;

export class Classifier {
  #worker: Worker | undefined;
  #sizes = new Map<Digest, { width: number; height: number }>();
  #ended = (_answer: Answer): void => undefined;

  async start({ code, runtime }: ClassifierPart): Promise<ClassifierAnswer> {
    this.end();
    const [codeIs, runtimeIs] = await Promise.all([code, runtime].map(digestOf));
    if (codeIs !== CLASSIFIER_DIGESTS.code || runtimeIs !== CLASSIFIER_DIGESTS.runtime)
      return { ok: false, fault: 'part' };
    try {
      this.#worker = new WorkerOf(asUrl(new TextDecoder().decode(code)), { type: 'module' });
    } catch {
      return { ok: false, fault: 'worker' };
    }
    return this.#ask({ ask: 'start', runtime }, PREPARE_MS, [runtime]);
  }

  async load(model: RoomModel): Promise<ClassifierAnswer> {
    const answer = await this.#ask({ ask: 'load', model }, PREPARE_MS, [model.file]);
    if (answer.ok) this.#sizes.set(model.digest, model.input);
    return answer.ok ? { ok: true } : answer;
  }

  /** The bucket, or undefined where the model is not there, or failed. */
  async look(digest: Digest, pixels: Pixels): Promise<number | undefined> {
    const size = this.#sizes.get(digest);
    if (!size) return undefined;
    const rgb = pickRgb(pixels, size);
    const answer = await this.#ask({ ask: 'look', digest, rgb }, LOOK_MS, [rgb.buffer]);
    return answer.ok ? answer.bucket : undefined;
  }

  end(): { ok: true } {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#sizes.clear();
    this.#ended({ ok: false, fault: 'worker' });
    return { ok: true };
  }

  /** One question at a time: the scanner waits for each answer. */
  async #ask(question: Question, ms: number, transfer: Transferable[]): Promise<Answer> {
    const worker = this.#worker;
    if (!worker) return { ok: false, fault: 'worker' };
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const gone = (): void => resolve({ ok: false, fault: 'worker' });
    this.#ended = resolve;
    worker.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
    worker.onerror = gone;
    const timer = later(gone, ms);
    worker.postMessage(question, transfer);
    const answer = await promise;
    notLater(timer);
    this.#ended = () => undefined;
    if (!answer.ok && answer.fault !== 'model' && this.#worker === worker) this.end();
    return answer;
  }
}

async function digestOf(bytes: ArrayBuffer): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (octet) => octet.toString(16).padStart(2, '0')).join('');
}
