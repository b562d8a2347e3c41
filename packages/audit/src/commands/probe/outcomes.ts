/** What became of an attempt, in one word and in a few: escaped, or refused by what. Pure; flow: run.ts → here → probe.ts. */
import type { Engine } from '../../browsers/index.ts';
import { ATTEMPTS, type Attempt } from './attempts/attempts.ts';
import type { ProbedPlace, Tried } from './engine-run.ts';

export interface Outcome {
  /** Bytes came, or something was kept or reached. */
  escaped: boolean;
  /** Who refused it, or what came. */
  said: string;
  /** Bytes, connections and look-ups at the attempt's own server. */
  seen: string;
}

export function outcomeOf(tried: Tried): Outcome {
  const { kind } = attemptOf(tried.id);
  const seen = seenOf(tried);
  const escaped = kind === 'reach' ? seen !== '' : tried.ending?.how === 'done' || seen !== '';
  return { escaped, said: escaped ? (kind === 'reach' ? 'arrived' : 'succeeded') : refusedBy(tried), seen };
}

export function attemptOf(id: string): Attempt {
  const found = ATTEMPTS.find((attempt) => attempt.id === id);
  if (!found) throw new Error(`no attempt ${id}`);
  return found;
}

function seenOf({ arrived: { bytes, connections, datagrams }, lookups = 0 }: Tried): string {
  return [
    ...(bytes > 0 ? [`${bytes} bytes`] : []),
    ...(datagrams > 0 ? [`${datagrams} datagrams`] : []),
    ...(bytes === 0 && connections > 0 ? [`${connections} empty connections`] : []),
    ...(lookups > 0 ? [`${lookups} look-ups`] : []),
  ].join(', ');
}

function refusedBy({ ending }: Tried): string {
  if (!ending) return 'its frame was gone, and nothing came';
  if (ending.directive !== undefined) return `policy: ${ending.directive}`;
  switch (ending.how) {
    case 'missing':
      return 'it is not there';
    case 'refused':
      return ending.said;
    case 'silent':
    case 'done':
      return 'nothing came of it';
  }
}

interface Known {
  title: RegExp;
  places: readonly ProbedPlace[];
  engines: readonly Engine[];
  why: string;
}

const ALL: readonly Engine[] = ['chromium', 'firefox', 'webkit'];

/**
 * Known openings. Those of the window no policy of a document closes in every engine, and so content never comes into the
 * window (DESIGN §1). They are counted and shown, and are no surprise; whatever else gets out is.
 */
const KNOWN: readonly Known[] = [
  { title: /^navigation of itself|^data: document/, places: ['window'], engines: ALL, why: 'a frame may go elsewhere' },
  { title: /^WebRTC/, places: ['window'], engines: ALL, why: 'no directive speaks of peer connections' },
  {
    title: /^dns-prefetch|^preconnect/,
    places: ['window'],
    engines: ALL,
    why: 'no directive speaks of hints: a name is looked up, or a connection opened, without a request',
  },
  {
    title: /^iframe/,
    places: ['window'],
    engines: ['chromium'],
    why: 'a connection is opened before the policy is asked; no byte is sent',
  },
  {
    title: /^SharedWorker of data/,
    places: ['window'],
    engines: ['webkit'],
    why: 'WebKit does not give such a worker its maker’s policy',
  },
  {
    title: /^Cache storage/,
    places: ['worker', 'classifier-policy'],
    engines: ['webkit'],
    why: 'WebKit keeps it for opaque origins; the sandbox’s code takes it away before content comes',
  },
];

/** Why it is known that this gets out there in this engine, if it is. */
export function known(engine: Engine, { id, place }: Tried): string | undefined {
  const { title } = attemptOf(id);
  return KNOWN.find((one) => one.places.includes(place) && one.engines.includes(engine) && one.title.test(title))?.why;
}
