/** The outcome of one attempt: escaped, or what refused it. Pure. Flow: engine-run.ts → here → claims.ts. Spec: docs/design/audit.md#probe */
import { PART_NAMES } from '@lodestone/protocol/lazy-parts';
import { type Engine, ENGINES } from '../../browsers/engine.ts';
import { ATTEMPTS, type Attempt } from './attempts/attempts.ts';
import type { Tried } from './engine-run.ts';
import type { ProbedPlace } from './probed-place.ts';
import { count } from '../../report/report.ts';

export interface AttemptOutcome {
  /** Bytes arrived, or something was stored or reached. */
  escaped: boolean;
  /** The reason why it was refused, or that it succeeded. */
  reason: string;
  /** Bytes, connections and look-ups at the attempt's server. */
  received: string;
}

export function outcomeOf(tried: Tried): AttemptOutcome {
  const { kind } = attemptOf(tried.id);
  const received = receivedFor(tried);
  const escaped = received !== '' || (kind === 'keep' && tried.ending?.how === 'done');
  return { escaped, reason: escaped ? (kind === 'reach' ? 'arrived' : 'succeeded') : refusal(tried), received };
}

/** The same attempt in the control run, in the same kind of place. */
export function controlOf(control: readonly Tried[], { id, place }: Pick<Tried, 'id' | 'place'>): Tried | undefined {
  const where = place === 'window' ? 'window' : 'worker';
  return control.find((one) => one.id === id && one.place === where);
}

/** Whether the attempt reaches its goal without policy and sandbox. Only then does its failure in the sandbox mean anything. */
export function isProven(control: readonly Tried[], tried: Pick<Tried, 'id' | 'place'>): boolean {
  const same = controlOf(control, tried);
  return same !== undefined && outcomeOf(same).escaped;
}

export function attemptOf(id: string): Attempt {
  const found = ATTEMPTS.find((attempt) => attempt.id === id);
  if (!found) throw new Error(`there is no attempt ${id}`);
  return found;
}

function receivedFor({ arrived: { bytes, connections, datagrams }, lookups = 0 }: Tried): string {
  return [
    ...(bytes > 0 ? [count(bytes, 'byte')] : []),
    ...(datagrams > 0 ? [count(datagrams, 'datagram')] : []),
    ...(bytes === 0 && connections > 0 ? [count(connections, 'empty connection')] : []),
    ...(lookups > 0 ? [count(lookups, 'look-up')] : []),
  ].join(', ');
}

function refusal({ ending }: Tried): string {
  if (!ending) return 'its frame was gone, and nothing arrived';
  if (ending.directive !== undefined) return `policy: ${ending.directive}`;
  switch (ending.how) {
    case 'missing':
      return 'not available';
    case 'refused':
      return ending.error;
    case 'silent':
    case 'done':
      return 'no effect';
  }
}

interface KnownOpening {
  title: RegExp;
  places: readonly ProbedPlace[];
  engines: readonly Engine[];
  why: string;
}

const ALL = ENGINES;

/**
 * Known openings. No policy of a document closes those of the window in every engine, which is why content never enters the
 * window. They are counted and shown; any other escape fails the claim. Spec: docs/design/sandbox.md#content-security-policy
 */
const KNOWN: readonly KnownOpening[] = [
  {
    title: /^navigation of itself|^data: document/,
    places: ['window'],
    engines: ALL,
    why: 'a frame can navigate itself',
  },
  { title: /^WebRTC/, places: ['window'], engines: ALL, why: 'no directive covers peer connections' },
  {
    title: /^dns-prefetch|^preconnect/,
    places: ['window'],
    engines: ALL,
    why: 'no directive covers resource hints: a name is looked up, or a connection opened, without a request',
  },
  {
    title: /^iframe/,
    places: ['window'],
    engines: ['chromium'],
    why: 'a connection is opened before the policy is checked; no byte is sent',
  },
  {
    title: /^SharedWorker of data/,
    places: ['window'],
    engines: ['webkit'],
    why: 'WebKit does not apply the policy of its creator to such a worker',
  },
  {
    title: /^Cache storage/,
    places: ['worker', ...PART_NAMES.map((name) => `${name}-policy` as const)],
    engines: ['webkit'],
    why: 'WebKit offers it to opaque origins; the scope lockdown removes it before content arrives',
  },
];

/** @returns why this escape is expected in this engine and place, if it is */
export function knownOpening(engine: Engine, { id, place }: Tried): string | undefined {
  const { title } = attemptOf(id);
  return KNOWN.find((one) => one.places.includes(place) && one.engines.includes(engine) && one.title.test(title))?.why;
}
