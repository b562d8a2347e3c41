/**
 * Starts one sandbox: the sandboxed iframe, its two ports, the handshake. Flow: sandbox → here → the iframe's window.
 * Promise: the frame is complete when the promise resolves; what prevents the start rejects it with a typed error, as early
 * as the browser reports it. Spec: docs/design/sandbox.md#boot
 */
import {
  type BitmapMessage,
  type BootMessage,
  type BytesMessage,
  LodestoneError,
  type ModuleCodes,
  type SandboxCalls,
  type SandboxEvent,
} from '@lodestone/protocol';
import { type Remote, wrap } from 'comlink';
import { noAnswer, notLoaded, refused, type SandboxSource, watchPage } from './boot-errors.ts';
import type { Deadlines } from './deadlines.ts';
import { createFrameElement } from './frame-element.ts';
import { openGate } from './message-gate.ts';
import { asSandboxError } from './sandbox-error.ts';

export interface SandboxFrame {
  readonly calls: Remote<SandboxCalls>;
  /** Rejects when the sandbox ends. Race every call with it: comlink's calls do not end by themselves. */
  readonly gone: Promise<never>;
  /** Passes the events of one scan to `receive`; returns how to stop. */
  beginScan(sizeBytes: number, receive: (event: SandboxEvent) => void): () => void;
  send(message: BytesMessage | BitmapMessage): void;
  /** Terminates the sandbox; `gone` rejects with the reason. */
  end(why: LodestoneError): void;
}

/** Between Firefox's `error` event and the violation report that gives the reason. */
const REASON_MS = 200;

/** @throws {LodestoneError} `ERR_SANDBOX_BOOT`, `ERR_SANDBOX_POLICY`, `ERR_SANDBOX_VERSION`, `ERR_SANDBOX_GATE` or `ERR_SANDBOX_GONE` */
export async function openFrame(
  source: SandboxSource,
  modules: ModuleCodes,
  { bootMs, bootModulesMs, bootAnswerMs }: Pick<Deadlines, 'bootMs' | 'bootModulesMs' | 'bootAnswerMs'>,
  stop: AbortSignal,
): Promise<SandboxFrame> {
  if (stop.aborted) throw disposed();
  const element = createFrameElement(source.from);
  const calls = new MessageChannel();
  const events = new MessageChannel();
  const ending = new AbortController();
  const end = (why: LodestoneError): void => ending.abort(why);
  const { promise: ready, resolve: setReady } = Promise.withResolvers<ReadyEvent>();
  /** Aborted by the sandbox's first message. */
  const heard = new AbortController();
  const receivers = new Set<(event: SandboxEvent) => void>();

  const gate = openGate(calls.port1, events.port1, {
    event(event) {
      heard.abort();
      if (event.type === 'ready') setReady(event);
      else if (event.type === 'refused') end(refused(source, event.reason, event.build));
      else for (const receive of receivers) receive(event);
    },
    violation: (why) => end(new LodestoneError('ERR_SANDBOX_GATE', `sandbox terminated: it sent ${why}`)),
  });
  ending.signal.addEventListener('abort', () => {
    heard.abort();
    gate.close();
    element.remove();
  });
  stop.addEventListener('abort', () => end(disposed()), { signal: ending.signal });
  const ports = [calls.port2, events.port2];
  bootOnLoad(element, source, { modules, ports, answerMs: bootAnswerMs, heard: heard.signal, end });
  const stopWatching = 'url' in source.from ? watchPage(source.from.url, end) : undefined;
  document.documentElement.append(element);
  endWhenRemoved(element, end, ending.signal);

  // One that says nothing, such as a page that the browser blocks, gets no time for modules.
  const silence = setTimeout(() => heard.signal.aborted || end(noAnswer(source)), bootMs);
  ending.signal.addEventListener('abort', () => clearTimeout(silence));

  const gone = rejectionOf(ending.signal);
  try {
    const readyMs = bootMs + (Object.keys(modules).length > 0 ? bootModulesMs : 0);
    const { build } = await inTime(Promise.race([ready, gone]), readyMs, () => noAnswer(source));
    if (build !== source.build) throw refused(source, 'version', build);
    return {
      calls: wrap<SandboxCalls>(gate.endpoint),
      gone,
      beginScan(sizeBytes, receive) {
        gate.beginScan(sizeBytes);
        receivers.add(receive);
        return () => void receivers.delete(receive);
      },
      send: gate.send,
      end,
    };
  } catch (error) {
    end(asSandboxError(error));
    throw error;
  } finally {
    stopWatching?.();
  }
}

type ReadyEvent = Extract<SandboxEvent, { type: 'ready' }>;

interface BootParts {
  modules: ModuleCodes;
  ports: MessagePort[];
  answerMs: number;
  heard: AbortSignal;
  end: (why: LodestoneError) => void;
}

/** The iframe's origin is opaque, so the message names no target origin; only the iframe made here gets the ports. */
function bootOnLoad(
  element: HTMLIFrameElement,
  source: SandboxSource,
  { modules, ports, answerMs, heard, end }: BootParts,
): void {
  const boot: BootMessage = { type: 'lodestone-boot', build: source.build, modules };
  const onLoad = (): void => {
    if (heard.aborted) return;
    const timer = setTimeout(() => end(noAnswer(source)), answerMs);
    heard.addEventListener('abort', () => clearTimeout(timer));
    element.contentWindow?.postMessage(boot, '*', ports);
  };
  element.addEventListener('load', onLoad, { once: true });
  const { from } = source;
  // Only Firefox sends this event.
  if ('url' in from)
    element.addEventListener('error', () => setTimeout(end, REASON_MS, notLoaded(from.url)), { once: true });
}

/** Frameworks that render the whole page remove elements that they did not create. */
function endWhenRemoved(element: Element, end: (why: LodestoneError) => void, ended: AbortSignal): void {
  const observer = new MutationObserver(() => {
    if (!element.isConnected)
      end(
        new LodestoneError(
          'ERR_SANDBOX_GONE',
          'the page removed the sandbox’s iframe: keep iframe[title="Lodestone sandbox"] in the document element',
        ),
      );
  });
  observer.observe(document.documentElement, { childList: true });
  ended.addEventListener('abort', () => observer.disconnect());
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener('abort', () => reject(signal.reason));
  promise.catch(() => undefined); // not an unhandled rejection while no caller waits
  return promise;
}

/** @throws `late()` if `work` takes longer than `ms` */
async function inTime<T>(work: Promise<T>, ms: number, late: () => LodestoneError): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The answer of a running sandbox to one call.
 * @throws why the sandbox ended, or `late` after `ms`
 */
export function answerInTime<T>(
  frame: Pick<SandboxFrame, 'gone'>,
  call: Promise<T>,
  ms: number,
  late: LodestoneError,
): Promise<T> {
  return inTime(Promise.race([call, frame.gone]), ms, () => late);
}

function disposed(): LodestoneError {
  return new LodestoneError('ERR_SANDBOX_GONE', 'the guard was disposed');
}
