/**
 * Starts one sandbox: the sandboxed document, its two ports, the handshake. Flow: sandbox → here → the sandbox's window.
 * The frame's origin is opaque, so there is no origin to name when the ports go in; only the frame made here gets them.
 * Promise: what keeps it from starting is told as a typed error, as early as the browser lets it be known.
 */
import { type BootMessage, LodestoneError, type SandboxCalls, type SandboxEvent } from '@lodestone/protocol';
import { type Remote, wrap } from 'comlink';
import {
  notLoaded,
  refusal,
  type SandboxSource,
  silence,
  TRUSTED_TYPES_NAME,
  typesRefused,
  watchPage,
} from './boot-errors.ts';
import { type Gate, openGate } from './message-gate.ts';

export interface Frame {
  readonly calls: Remote<SandboxCalls>;
  readonly gate: Gate;
  /** The engine cannot decode stills from bytes in there. */
  readonly needsBitmap: boolean;
  /** Rejects when the sandbox goes; whoever waits on the sandbox races it, for comlink's calls never end by themselves. */
  readonly gone: Promise<never>;
  /** Who answers the sandbox's events while an item is under way. */
  feed: ((event: SandboxEvent) => void) | undefined;
  /** Tears it down; `gone` rejects with the reason. */
  end(why: LodestoneError): void;
}

const BOOT_MS = 10_000;
/** A loaded document whose script runs answers at once; one whose script was refused never does. */
const SILENCE_MS = 3_000;
const REASON_MS = 200;

/** @throws {LodestoneError} `ERR_SANDBOX_BOOT`, `ERR_SANDBOX_POLICY`, `ERR_SANDBOX_VERSION`, `ERR_SANDBOX_GATE`, or the stop signal's reason */
export async function openFrame(source: SandboxSource, stop: AbortSignal): Promise<Frame> {
  const element = frameElement(source.from);
  const calls = new MessageChannel();
  const events = new MessageChannel();
  const { promise: gone, reject } = Promise.withResolvers<never>();
  const { promise: ready, resolve: isReady } = Promise.withResolvers<Extract<SandboxEvent, { type: 'ready' }>>();
  gone.catch(() => undefined); // whoever waits on the sandbox sees it; where nobody waits it is no error
  let silenceTimer: ReturnType<typeof setTimeout> | undefined;

  const end = (why: LodestoneError): void => {
    stopStarting();
    removal.disconnect();
    gate.close();
    element.remove();
    stop.removeEventListener('abort', stopped);
    reject(why);
  };
  const stopped = (): void => end(new LodestoneError('ERR_SANDBOX_GONE', 'the guard was disposed'));
  const gate = openGate(calls.port1, events.port1, {
    event(event) {
      clearTimeout(silenceTimer);
      if (event.type === 'ready') isReady(event);
      else if (event.type === 'refused') end(refusal(source, event.reason, event.build));
      else frame.feed?.(event);
    },
    violation: (why) => end(new LodestoneError('ERR_SANDBOX_GATE', `the sandbox was torn down: ${why}`)),
  });
  const frame: Frame = {
    calls: wrap<SandboxCalls>(gate.endpoint),
    gate,
    needsBitmap: false,
    gone,
    feed: undefined,
    end,
  };

  const stopWatching = 'url' in source.from ? watchPage(source.from.url, end) : undefined;
  const stopStarting = (): void => {
    clearTimeout(silenceTimer);
    stopWatching?.();
  };
  // Frameworks that take over the whole page remove what they do not know.
  const removal = new MutationObserver(() => {
    if (!element.isConnected) end(new LodestoneError('ERR_SANDBOX_GONE', 'the page removed the sandbox’s frame'));
  });

  stop.addEventListener('abort', stopped);
  element.addEventListener(
    'load',
    () => {
      const boot: BootMessage = { type: 'lodestone-boot', build: source.build };
      silenceTimer = setTimeout(() => end(silence(source)), SILENCE_MS);
      element.contentWindow?.postMessage(boot, '*', [calls.port2, events.port2]);
    },
    { once: true },
  );
  // Firefox alone says so, and a moment before it says why.
  element.addEventListener(
    'error',
    () => 'url' in source.from && setTimeout(end, REASON_MS, notLoaded(source.from.url)),
    { once: true },
  );
  document.documentElement.append(element);
  removal.observe(document.documentElement, { childList: true });
  try {
    const hello = await inTime(Promise.race([ready, gone]), BOOT_MS, () => silence(source));
    if (hello.build !== source.build) throw refusal(source, 'version', hello.build);
    stopStarting();
    return Object.assign(frame, { needsBitmap: hello.needsBitmap });
  } catch (error) {
    end(asSandboxError(error));
    throw error;
  }
}

/** @throws `late()` where `work` takes longer than `ms` */
async function inTime<T>(work: Promise<T>, ms: number, late: () => LodestoneError): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a sandbox that is there says in time. */
export function answered<T>(frame: Frame, call: Promise<T>, ms: number, late: LodestoneError): Promise<T> {
  return inTime(Promise.race([call, frame.gone]), ms, () => late);
}

export function asSandboxError(error: unknown): LodestoneError {
  return error instanceof LodestoneError
    ? error
    : new LodestoneError('ERR_SANDBOX_BOOT', 'the sandbox could not be started', { cause: error });
}

function frameElement(from: SandboxSource['from']): HTMLIFrameElement {
  const element = document.createElement('iframe');
  element.hidden = true;
  element.title = 'Lodestone sandbox';
  element.referrerPolicy = 'no-referrer';
  element.setAttribute('aria-hidden', 'true');
  element.setAttribute('sandbox', 'allow-scripts');
  if ('url' in from) element.src = from.url;
  else setDocument(element, from.document);
  return element;
}

/** Not in the DOM library yet. What it makes is no string; only `srcdoc` is to see it. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createHTML: (html: string) => string }): { createHTML: (html: string) => string };
}

/** A page may make a policy of one name once, and may have several guards. */
let trustedHtml: ReturnType<TrustedTypes['createPolicy']> | undefined;

/** @throws {LodestoneError} `ERR_SANDBOX_POLICY` where the page requires Trusted Types and does not allow ours */
function setDocument(element: HTMLIFrameElement, html: string): void {
  const { trustedTypes } = element.ownerDocument.defaultView as { trustedTypes?: TrustedTypes };
  try {
    trustedHtml ??= trustedTypes?.createPolicy(TRUSTED_TYPES_NAME, { createHTML: (given) => given });
  } catch {
    // The name is not allowed. Where types are not required, a string will do.
  }
  try {
    element.srcdoc = trustedHtml?.createHTML(html) ?? html;
  } catch (cause) {
    throw typesRefused(cause);
  }
}
