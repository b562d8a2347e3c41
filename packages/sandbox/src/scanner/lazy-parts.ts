/**
 * The scanner's side of lazy parts: starts a part whose code and runtime are pinned, sends it requests, ends it.
 * Flow: scan → here → the part's worker (which the window starts) or module. Promise: only pinned bytes run; each request is
 * answered in time, if only with a fault; after any fault but `data` the part has ended. Spec: docs/design/sandbox.md#lazy-parts
 */
import { toHex } from '@lodestone/protocol/bytes';
import type { Digest } from '@lodestone/protocol/digest';
import type { PartData, PartDataDigest, PartFault, PartName } from '@lodestone/protocol/lazy-parts';
import type { PartAnswer, PartCode } from '@lodestone/protocol/sandbox';
import type { PartPins, PartReply, PartRequest, PinTable, WorkerReply, WorkerRequest } from '../parts/messages.ts';
import { type PartMethods, reply } from '../parts/part.ts';

/** The window writes it in front of this code: the pinned modules that the host handed in. */
declare const PART_MODULES: PartModules;
export type PartModules = Readonly<Record<string, () => Promise<PartMethods<unknown, unknown>>>>;

/** References from before the lockdown removes both from the scope: nothing else in the scanner can reach them. */
const { setTimeout: setTimer, clearTimeout: clearTimer } = globalThis;

/** Time limit for starting a part, and for loading an item of data. */
const LOAD_MS = 20_000;
/** For a model on a slow phone, which takes a second. Far below an item's deadline, so that the lists' findings are still returned. */
const RUN_MS = 8_000;

const toWindow = (request: WorkerRequest, transfer: Transferable[] = []): void => postMessage(request, { transfer });

export class LazyParts {
  readonly #parts: ReadonlyMap<string, RunningPart>;

  constructor(pins: PinTable) {
    this.#parts = new Map(Object.entries(pins).map(([name, pin]) => [name, new RunningPart(name as PartName, pin)]));
    addEventListener('message', ({ data, ports: [port] }: MessageEvent<WorkerReply>) =>
      this.#parts.get(data.part)?.workerReplied(data, port),
    );
  }

  async start(part: PartName, code: PartCode): Promise<PartAnswer> {
    return (await this.#parts.get(part)?.start(code)) ?? { ok: false, fault: 'digest' };
  }

  async load(part: PartName, digest: PartDataDigest, data: PartData): Promise<PartAnswer> {
    return (await this.#parts.get(part)?.load(digest, data)) ?? { ok: false, fault: 'ended' };
  }

  /**
   * @param digest the item of data to run with; undefined for a part that receives none
   * @returns the part's result; undefined if it does not run, does not hold this item, or failed
   */
  async run(
    part: PartName,
    digest: PartDataDigest | undefined,
    makeInput: () => PartInput | Promise<PartInput>,
    ms: number = RUN_MS,
  ): Promise<unknown> {
    return this.#parts.get(part)?.run(digest, makeInput, ms);
  }

  faultOf(part: PartName, digest: PartDataDigest): PartAnswer {
    return this.#parts.get(part)?.faultOf(digest) ?? { ok: false, fault: 'ended' };
  }

  end(part: PartName): { ok: true } {
    this.#parts.get(part)?.end();
    return { ok: true };
  }
}

export interface PartInput {
  readonly input: unknown;
  readonly transfer: Transferable[];
}

/** The way to a part that has started. */
interface Channel {
  send(request: PartRequest, transfer: Transferable[], answer: (reply: PartReply) => void): void;
  close(): void;
}

class RunningPart {
  readonly #name: PartName;
  readonly #pins: PartPins;
  #channel: Channel | undefined;
  /** Items of data that it holds. */
  readonly #held = new Set<PartDataDigest>();
  /** Faults of the last run with an item. */
  readonly #faults = new Map<PartDataDigest, PartFault>();
  /** Answers the request under way. */
  #settle = (_reply: PartReply): void => undefined;

  constructor(name: PartName, pins: PartPins) {
    this.#name = name;
    this.#pins = pins;
  }

  async start({ code, runtime }: PartCode): Promise<PartAnswer> {
    this.end();
    if (!(await this.#isPinned(code, runtime))) return { ok: false, fault: 'digest' };
    const open = (answer: (reply: PartReply) => void): void =>
      code ? toWindow({ type: 'start-worker', part: this.#name, code }, [code]) : this.#openModule(answer);
    const started = await this.#inTime(open, LOAD_MS);
    return started.ok ? this.#request({ type: 'start', runtime }, LOAD_MS, runtime ? [runtime] : []) : started;
  }

  async load(digest: PartDataDigest, data: PartData): Promise<PartAnswer> {
    if (this.#pins.receives === 'nothing') return { ok: false, fault: 'data' };
    const answer = await this.#request({ type: 'load', digest, data }, LOAD_MS, [data.file]);
    if (answer.ok) this.#held.add(digest);
    return answer;
  }

  async run(
    digest: PartDataDigest | undefined,
    makeInput: () => PartInput | Promise<PartInput>,
    ms: number,
  ): Promise<unknown> {
    if (digest ? !this.#held.has(digest) : !this.#channel) return undefined;
    const { input, transfer } = await makeInput();
    const answer = await this.#request({ type: 'run', digest, input }, ms, transfer);
    if (digest && answer.ok) this.#faults.delete(digest);
    else if (digest && !answer.ok) this.#faults.set(digest, answer.fault);
    return answer.ok ? answer.result : undefined;
  }

  faultOf(digest: PartDataDigest): PartAnswer {
    const fault = this.#faults.get(digest) ?? (this.#held.has(digest) ? undefined : 'ended');
    return fault ? { ok: false, fault } : { ok: true };
  }

  end(): void {
    this.#channel?.close();
    this.#channel = undefined;
    this.#held.clear();
    this.#faults.clear();
    this.#settle({ ok: false, fault: 'ended' });
    if (this.#pins.kind === 'worker') toWindow({ type: 'end-worker', part: this.#name });
  }

  /** From the window: the worker has started, or has failed, perhaps long after it started. */
  workerReplied({ fault = 'ended' }: WorkerReply, port: MessagePort | undefined): void {
    if (!port) {
      this.#settle({ ok: false, fault });
      return this.end();
    }
    port.start();
    this.#channel = channelOf(port);
    this.#settle({ ok: true });
  }

  #openModule(answer: (reply: PartReply) => void): void {
    void PART_MODULES[this.#name]?.().then(
      (methods) => {
        this.#channel = moduleChannel(methods);
        answer({ ok: true });
      },
      () => answer({ ok: false, fault: 'runtime' }),
    );
  }

  /** The window has compared a module's code. */
  async #isPinned(code: ArrayBuffer | undefined, runtime: ArrayBuffer | undefined): Promise<boolean> {
    const { kind, runtimes } = this.#pins;
    const isRuntimePinned = runtime ? runtimes.includes(await digestOf(runtime)) : runtimes.length === 0;
    if (!isRuntimePinned) return false;
    if (kind === 'module') return code === undefined && Object.hasOwn(PART_MODULES, this.#name);
    return code !== undefined && (await digestOf(code)) === this.#pins.code;
  }

  async #request(request: PartRequest, ms: number, transfer: Transferable[]): Promise<PartReply> {
    const channel = this.#channel;
    if (!channel) return { ok: false, fault: 'ended' };
    const answer = await this.#inTime((settle) => channel.send(request, transfer, settle), ms);
    if (!answer.ok && answer.fault !== 'data' && this.#channel === channel) this.end();
    return answer;
  }

  /** The scanner waits for each answer, so there is one request at a time. */
  async #inTime(send: (settle: (reply: PartReply) => void) => void, ms: number): Promise<PartReply> {
    const { promise, resolve } = Promise.withResolvers<PartReply>();
    this.#settle = resolve;
    const timer = setTimer(resolve, ms, { ok: false, fault: 'ended' });
    send(resolve);
    const answer = await promise;
    clearTimer(timer);
    this.#settle = () => undefined;
    return answer;
  }
}

function channelOf(port: MessagePort): Channel {
  return {
    send(request, transfer, answer) {
      port.onmessage = ({ data }: MessageEvent<PartReply>) => answer(data);
      port.postMessage(request, transfer);
    },
    close: () => port.close(),
  };
}

function moduleChannel(methods: PartMethods<unknown, unknown>): Channel {
  return {
    send: (request, _transfer, answer) => void reply(methods, request).then(answer),
    close: () => undefined,
  };
}

async function digestOf(bytes: ArrayBuffer): Promise<Digest> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))) as Digest;
}
