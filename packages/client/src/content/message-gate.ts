/**
 * Everything that comes up from the sandbox passes here, before comlink too. Only known wire shapes with a valid payload go
 * on, then only verdicts that could be true; anything else is a violation, and the sandbox is torn down for it.
 * The host exposes nothing: no comlink message type but an answer to a call of ours has a meaning here. Spec: DESIGN §1.
 */
import {
  type BytesMessage,
  type Digest,
  type KnownFinding,
  LIMITS,
  type PlanList,
  SANDBOX_ANSWERS,
  SandboxEvent,
  type ScanPlan,
  type Verdict,
} from '@lodestone/protocol';
import type { Endpoint } from 'comlink';
import * as z from 'zod/mini';

type Method = keyof typeof SANDBOX_ANSWERS;

/** comlink's answer to a call: nothing but a plain value. No proxy, no thrown text, no handler. */
const AnswerFrame: z.ZodMiniType<{ id: string; type: 'RAW'; value: unknown }> = z.strictObject({
  id: z.string().check(z.maxLength(100)),
  type: z.literal('RAW'),
  value: z.unknown(),
});

/** comlink's call of one method, as our own `wrap` writes it. */
const CallFrame: z.ZodMiniType<{ id: string; type: 'APPLY'; path: Method[] }> = z.object({
  id: z.string(),
  type: z.literal('APPLY'),
  path: z.array(z.enum(Object.keys(SANDBOX_ANSWERS) as [Method, ...Method[]])).check(z.length(1)),
});

/** What a sandbox says before it has been given anything, and never again: a sandbox that has seen content does not begin anew. */
const BEGINNINGS: readonly SandboxEvent['type'][] = ['started', 'ready', 'refused'];

/** How many events a sandbox may send for one item before it is a flood: every block asked for alone, and all progress. */
const EVENTS_PER_ITEM = LIMITS.contentBytes / LIMITS.blockBytes + 32;

export interface Gate {
  /** For comlink's `wrap`. */
  readonly endpoint: Endpoint;
  /** A new item begins: its events are counted anew. */
  begin(): void;
  /** Content goes down, transferred. */
  send(message: BytesMessage): void;
  close(): void;
}

export function openGate(
  calls: MessagePort,
  events: MessagePort,
  on: { event: (event: SandboxEvent) => void; violation: (why: string) => void },
): Gate {
  const pending = new Map<string, Method>();
  const listeners = new Set<(event: MessageEvent) => void>();
  let eventsLeft = EVENTS_PER_ITEM;
  let runs = false;
  let isClosed = false;

  const refuse = (why: string): void => {
    if (isClosed) return;
    close();
    on.violation(why);
  };
  const close = (): void => {
    isClosed = true;
    pending.clear();
    calls.close();
    events.close();
  };

  calls.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (isClosed) return;
    const frame = z.safeParse(AnswerFrame, data);
    const method = frame.success ? pending.get(frame.data.id) : undefined;
    if (!frame.success || !method) return refuse('a message that answers no call');
    const answer = z.safeParse(SANDBOX_ANSWERS[method], frame.data.value);
    if (!answer.success) return refuse(`an answer to ${method} that breaks its schema`);
    pending.delete(frame.data.id);
    // A message made here from what was parsed: nothing that the sandbox attached travels on.
    const clean = new MessageEvent('message', { data: { id: frame.data.id, type: 'RAW', value: answer.data } });
    for (const listener of listeners) listener(clean);
  });
  events.addEventListener('message', ({ data, ports }: MessageEvent<unknown>) => {
    if (isClosed) return;
    const event = z.safeParse(SandboxEvent, data);
    if (!event.success || ports.length > 0) return refuse('an event that breaks its schema');
    if (--eventsLeft < 0) return refuse('a flood of events');
    const { type } = event.data;
    if (BEGINNINGS.includes(type) === runs)
      return refuse(`"${type}" ${runs ? 'from a sandbox that runs already' : 'from a sandbox that does not run yet'}`);
    if (type === 'ready') runs = true;
    on.event(event.data);
  });
  for (const port of [calls, events])
    port.addEventListener('messageerror', () => refuse('a message that cannot be read'));
  calls.start();
  events.start();

  return {
    endpoint: {
      postMessage(message: unknown, transfer: Transferable[] = []) {
        const call = z.safeParse(CallFrame, message);
        const method = call.data?.path[0];
        if (!call.success || !method || isClosed) return; // comlink's own housekeeping has nothing to say to a sandbox
        pending.set(call.data.id, method);
        calls.postMessage(message, transfer);
      },
      addEventListener: (_type, listener) => void listeners.add(listener as (event: MessageEvent) => void),
      removeEventListener: (_type, listener) => void listeners.delete(listener as (event: MessageEvent) => void),
    },
    begin: () => void (eventsLeft = EVENTS_PER_ITEM),
    send: (message) => isClosed || events.postMessage(message, [message.bytes]),
    close,
  };
}

/** Entry numbers of a list: all of its file's, rising, and those that no longer count. */
export interface Entries {
  entries: Uint32Array;
  suppressed: Uint32Array;
}

/**
 * Whether a verdict could be true of this plan: its list was handed in, its entry stands there and is not suppressed, its
 * distance is within the order's, `exact` means 0, its medium is one of the line's. Says what is wrong, or undefined.
 */
export function implausible(
  verdict: Verdict,
  plan: ScanPlan,
  entriesOf: (list: Digest) => Entries | undefined,
): string | undefined {
  const lines = new Set<number>();
  const looks = new Set<number>();
  for (const finding of verdict.findings) {
    if (finding.kind === 'sensitive') {
      const look = plan.models[finding.model];
      if (!look) return 'a finding of a model that was not handed in';
      if (looks.has(finding.model)) return 'two findings of one model of the plan';
      looks.add(finding.model);
      if (verdict.media !== 'image') return 'a finding of a model in what is no picture';
      if (finding.bucket < look.minBucket) return 'a bucket below the order’s';
      continue;
    }
    const line = plan.lists[finding.list];
    if (!line) return 'a finding on a list that was not handed in';
    if (lines.has(finding.list)) return 'two findings on one line of the plan';
    lines.add(finding.list);
    if (!line.media.includes(verdict.media === 'unknown' ? 'file' : verdict.media))
      return 'a finding in a medium that was not asked for';
    const why = implausibleFinding(finding, line, entriesOf(line.fileDigest));
    if (why) return why;
  }
  return undefined;
}

function implausibleFinding(finding: KnownFinding, line: PlanList, list: Entries | undefined): string | undefined {
  if (finding.match === 'exact' && finding.distance !== 0) return 'an exact finding at a distance';
  if (finding.distance > line.maxDistance) return 'a distance above the order’s';
  if (!list || !includes(list.entries, finding.entry)) return 'an entry that is not on its list';
  if (includes(list.suppressed, finding.entry)) return 'an entry that is suppressed';
  return undefined;
}

/** Binary search in rising numbers. */
function includes(numbers: Uint32Array, wanted: number): boolean {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return numbers[low] === wanted;
}
