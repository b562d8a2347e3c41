/**
 * Every message from the sandbox passes here before comlink sees it. Promise: only an answer to a pending call, or an event,
 * that fits its schema is passed on, as a new object; anything else is a violation, which ends the sandbox. The host exposes
 * nothing to comlink, so no other comlink message has a meaning here. Spec: docs/design/message-gate.md#message-gate
 */
import { type BitmapMessage, type BytesMessage, LIMITS, SANDBOX_ANSWERS, SandboxEvent } from '@lodestone/protocol';
import type { Endpoint } from 'comlink';
import * as z from 'zod/mini';

type Method = keyof typeof SANDBOX_ANSWERS;

/** comlink's answer to a call, with a plain value: no proxy, no thrown error, no transfer handler. */
interface AnswerMessage {
  id: string;
  type: 'RAW';
  value: unknown;
}
const AnswerMessage: z.ZodMiniType<AnswerMessage> = z.strictObject({
  id: z.string().check(z.maxLength(100)),
  type: z.literal('RAW'),
  value: z.unknown(),
});

/** comlink's call of one method, as our own `wrap` writes it. */
const CallMessage: z.ZodMiniType<{ id: string; type: 'APPLY'; path: Method[] }> = z.object({
  id: z.string(),
  type: z.literal('APPLY'),
  path: z.array(z.enum(Object.keys(SANDBOX_ANSWERS) as [Method, ...Method[]])).check(z.length(1)),
});

/** Most events of one scan: a request for each single block, and all progress. A large video is read more than once. */
const EVENTS_PER_SCAN = LIMITS.contentBytes / LIMITS.blockBytes + 32;
const EVENTS_PER_BYTE = 2 / LIMITS.blockBytes;
/** The picture reduced, and at full size for white and for black. Each makes the page decode it. */
const BITMAPS_PER_SCAN = 3;

/** Events that a sandbox sends before it runs, and never afterwards. */
const IS_BOOT_EVENT: Record<SandboxEvent['type'], boolean> = {
  started: true,
  ready: true,
  refused: true,
  'bytes-wanted': false,
  'bitmap-wanted': false,
  progress: false,
};

type GateState =
  | { phase: 'booting' | 'running'; needsBitmap: boolean; eventsLeft: number; bitmapsLeft: number }
  | { phase: 'closed' };
const NEW_COUNTS = { eventsLeft: EVENTS_PER_SCAN, bitmapsLeft: BITMAPS_PER_SCAN };

export interface Gate {
  /** For comlink's `wrap`. */
  readonly endpoint: Endpoint;
  /** Starts a new count of events. */
  beginScan(sizeBytes: number): void;
  /** Transfers content to the sandbox. */
  send(message: BytesMessage | BitmapMessage): void;
  close(): void;
}

export interface GateListener {
  event: (event: SandboxEvent) => void;
  /** The gate has closed both ports. */
  violation: (why: string) => void;
}

export function openGate(calls: MessagePort, events: MessagePort, on: GateListener): Gate {
  const pending = new Map<string, Method>();
  const listeners = new Set<(event: MessageEvent) => void>();
  let state: GateState = { phase: 'booting', needsBitmap: false, ...NEW_COUNTS };

  const close = (): void => {
    state = { phase: 'closed' };
    pending.clear();
    calls.close();
    events.close();
  };
  const refuse = (why: string): void => {
    close();
    on.violation(why);
  };

  calls.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (state.phase === 'closed') return;
    const answer = parseAnswer(data, pending);
    if ('violation' in answer) return refuse(answer.violation);
    pending.delete(answer.message.id);
    // A new event from the parsed message: nothing else that the sandbox attached is passed on.
    const clean = new MessageEvent('message', { data: answer.message });
    for (const listener of listeners) listener(clean);
  });
  events.addEventListener('message', ({ data, ports }: MessageEvent<unknown>) => {
    if (state.phase === 'closed') return;
    const admitted = admitEvent(state, data, ports.length);
    if ('violation' in admitted) return refuse(admitted.violation);
    state = admitted.state;
    on.event(admitted.event);
  });
  for (const port of [calls, events]) {
    port.addEventListener('messageerror', () => state.phase === 'closed' || refuse('a message that cannot be read'));
    port.start();
  }

  return {
    endpoint: {
      postMessage(message: unknown, transfer: Transferable[] = []) {
        const call = z.safeParse(CallMessage, message);
        const method = call.data?.path[0];
        if (!call.success || !method || state.phase === 'closed') return; // other messages of comlink, such as release, are not sent
        pending.set(call.data.id, method);
        calls.postMessage(message, transfer);
      },
      addEventListener: (_type, listener) => void listeners.add(listener as (event: MessageEvent) => void),
      removeEventListener: (_type, listener) => void listeners.delete(listener as (event: MessageEvent) => void),
    },
    beginScan: (sizeBytes) => {
      const eventsLeft = Math.max(EVENTS_PER_SCAN, Math.ceil(sizeBytes * EVENTS_PER_BYTE));
      if (state.phase !== 'closed') state = { ...state, ...NEW_COUNTS, eventsLeft };
    },
    send: (message) => state.phase === 'closed' || events.postMessage(message, transferredBy(message)),
    close,
  };
}

function parseAnswer(
  data: unknown,
  pending: ReadonlyMap<string, Method>,
): { message: AnswerMessage } | { violation: string } {
  const message = z.safeParse(AnswerMessage, data);
  const method = message.success ? pending.get(message.data.id) : undefined;
  if (!message.success || !method) return { violation: 'a message that answers no call' };
  const value = z.safeParse(SANDBOX_ANSWERS[method], message.data.value);
  if (!value.success) return { violation: `an answer to ${method} that breaks its schema` };
  return { message: { id: message.data.id, type: 'RAW', value: value.data } };
}

function transferredBy(message: BytesMessage | BitmapMessage): Transferable[] {
  if (message.type === 'bytes') return [message.bytes];
  return message.picture ? [message.picture.bitmap] : [];
}

function admitEvent(
  state: Exclude<GateState, { phase: 'closed' }>,
  data: unknown,
  ports: number,
): { state: GateState; event: SandboxEvent } | { violation: string } {
  const parsed = z.safeParse(SandboxEvent, data);
  if (!parsed.success || ports > 0) return { violation: 'an event that breaks its schema' };
  const { phase, eventsLeft, bitmapsLeft } = state;
  if (eventsLeft === 0) return { violation: 'a flood of events' };
  const event = parsed.data;
  const isRunning = phase === 'running';
  if (IS_BOOT_EVENT[event.type] === isRunning)
    return { violation: `"${event.type}" ${isRunning ? 'after it was ready' : 'before it was ready'}` };
  const next = { ...state, eventsLeft: eventsLeft - 1 };
  if (event.type === 'ready') return { state: { ...next, phase: 'running', needsBitmap: event.needsBitmap }, event };
  if (event.type !== 'bitmap-wanted') return { state: next, event };
  if (!state.needsBitmap || bitmapsLeft === 0)
    return {
      violation: state.needsBitmap
        ? 'a flood of requests for bitmaps'
        : 'a request for a bitmap, which it does not need',
    };
  return { state: { ...next, bitmapsLeft: bitmapsLeft - 1 }, event };
}
