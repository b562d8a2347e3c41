/**
 * The part's side of a lazy part: what it implements, and how it answers requests. A worker's `main.ts` calls `servePart`; a
 * module's `main.ts` exports its methods as default, and the scanner calls `reply`. Promise: no request rejects.
 * Spec: docs/design/sandbox.md#lazy-parts
 */
import { PART_FAULTS, type PartDataDigest, type PartFault } from '@lodestone/protocol/lazy-parts';
import type { NameGroup } from '../scanner/capabilities.ts';
import { lockDownScope } from '../scanner/lock-down-scope.ts';
import type { PartReply, PartRequest } from './messages.ts';

/** The methods that a part implements. Each method may throw a `PartError`; any other error is the fault `runtime`. */
export interface PartMethods<Data, Input> {
  start(runtime: ArrayBuffer | undefined): void | Promise<void>;
  /** @param digest names the item from then on */
  load(digest: PartDataDigest, data: Data): void | Promise<void>;
  /** @param digest the item of data to work with; undefined if the part receives none */
  run(digest: PartDataDigest | undefined, input: Input): unknown;
  /** For workers: called once after `IDLE_MS` without a request, so that memory keeps nothing of a content item. */
  idle?(): void | Promise<void>;
}

export class PartError extends Error {
  readonly fault: PartFault;
  constructor(fault: PartFault, options?: ErrorOptions) {
    super(fault, options);
    this.fault = fault;
  }
}

/** Long enough that a series of pictures is not slowed down: each picture overwrites what memory holds of the one before. */
const IDLE_MS = 1_000;
/** References from before the lockdown removes both from the scope. */
const { setTimeout: setTimer, clearTimeout: clearTimer } = globalThis;

/** Locks down the worker's scope, then answers the requests that come over the port of the first message. */
export function servePart<Data, Input>(methods: PartMethods<Data, Input>, kept: readonly NameGroup[]): void {
  lockDownScope(globalThis, kept);
  let turn: Promise<unknown> = Promise.resolve();
  let timer: ReturnType<typeof setTimer> | undefined;
  addEventListener(
    'message',
    ({ ports: [port] }: MessageEvent<null>) => {
      if (!port) return;
      port.onmessage = ({ data }: MessageEvent<PartRequest>) => {
        clearTimer(timer);
        turn = turn.then(async () => port.postMessage(await reply(methods, data)));
        timer = setTimer(() => (turn = turn.then(() => methods.idle?.()).catch(() => undefined)), IDLE_MS);
      };
    },
    { once: true },
  );
}

export async function reply<Data, Input>(methods: PartMethods<Data, Input>, request: PartRequest): Promise<PartReply> {
  try {
    switch (request.type) {
      case 'start':
        await methods.start(request.runtime);
        return { ok: true };
      case 'load':
        await methods.load(request.digest, request.data as Data);
        return { ok: true };
      case 'run':
        return { ok: true, result: await methods.run(request.digest, request.input as Input) };
    }
  } catch (error) {
    return { ok: false, fault: faultOf(error) };
  }
}

/** A module has its own copy of `PartError`, so the class is not compared. */
function faultOf(error: unknown): PartFault {
  const { fault } = (error ?? {}) as { fault?: unknown };
  return PART_FAULTS.find((known) => known === fault) ?? 'runtime';
}
