/**
 * Whether what was observed is what should be: each picture's outcome and action, each request explained by a ledger,
 * one signal of 192 bytes, one case. Pure: what differs comes out as sentences, and no sentence means all is well.
 */
import { LIMITS, LodestoneError, type LedgerRequest } from '@lodestone/protocol';
import { verifyLedger } from '@lodestone/trust';
import type { Case } from '@lodestone/receiver';
import type { Observed, Recorded, Way } from './drive-chat.ts';

export type Expected = Pick<Way, 'file' | 'surface' | 'outcome' | 'action'> & { reason?: string };

export interface Judgement {
  /** Requests of the SDK: to other origins than the page's own. */
  sdk: Recorded[];
  /** Requests of the page to its own server. */
  own: Recorded[];
  differences: string[];
}

export function judge(
  observed: Observed,
  cases: readonly Case[],
  { ways, chat, endpoint }: { ways: readonly Expected[]; chat: string; endpoint: string },
): Judgement {
  const isOwn = ({ url }: Recorded): boolean => new URL(url).origin === new URL(chat).origin;
  const sdk = observed.requests.filter((request) => !isOwn(request));
  const own = observed.requests.filter(isOwn);
  return {
    sdk,
    own,
    differences: [
      ...compareWays(ways, observed.ways),
      ...explainedByLedgers(sdk, observed),
      ...oneSignal(sdk, endpoint),
      ...oneCase(cases),
    ],
  };
}

const sentence = ({ file, surface, outcome, action, reason }: Expected | Way): string =>
  `${file} on ${surface}: ${outcome}${reason ? `/${reason}` : ''}, ${action}`;

function compareWays(expected: readonly Expected[], actual: readonly Way[]): string[] {
  return [
    ...difference(expected.map(sentence), actual.map(sentence)).map((what) => `expected, and not seen: ${what}`),
    ...difference(actual.map(sentence), expected.map(sentence)).map((what) => `seen, and not expected: ${what}`),
  ];
}

/** Every request that left has its entry, by method, address, size, digest and status; and no entry lacks its request. */
function explainedByLedgers(sdk: readonly Recorded[], { ledgers }: Observed): string[] {
  const written = ledgers.flatMap((ledger) =>
    ledger.filter((entry): entry is typeof entry & LedgerRequest => entry.type === 'request'),
  );
  const line = (method: string, url: string, bytes: number, sha256: string, status: number): string =>
    `${method} ${url}, ${bytes} bytes (${sha256.slice(0, 12)}), status ${status}`;
  const left = sdk.map(({ method, url, body, status }) => line(method, url, body.bytes, body.sha256, status));
  const entries = written.map(({ method, origin, path, request, response }) =>
    line(method, `${origin}${path}`, request.bytes, request.sha256, response.status),
  );
  return [
    ...difference(left, entries).map((what) => `left, and is in no ledger: ${what}`),
    ...difference(entries, left).map((what) => `in a ledger, and never left: ${what}`),
    ...ledgers.flatMap(brokenChain),
  ];
}

function brokenChain(ledger: Parameters<typeof verifyLedger>[0]): string[] {
  try {
    verifyLedger(ledger);
    return [];
  } catch (error) {
    if (error instanceof LodestoneError) return [error.message];
    throw error;
  }
}

function oneSignal(sdk: readonly Recorded[], endpoint: string): string[] {
  const posts = sdk.filter(({ method }) => method !== 'GET');
  const [post] = posts;
  if (posts.length !== 1 || !post) return [`${posts.length} requests were no GET, expected one`];
  const right = post.method === 'POST' && post.url === endpoint && post.body.bytes === LIMITS.signalBytes;
  return right ? [] : [`the signal was ${post.method} ${post.url} of ${post.body.bytes} bytes`];
}

function oneCase(cases: readonly Case[]): string[] {
  const entries = cases.flatMap((one) => one.entries);
  const [entry] = entries;
  if (cases.length !== 1 || entries.length !== 1 || !entry)
    return [`the receiver has ${cases.length} cases with ${entries.length} entries, expected one with one`];
  return entry.kind === 'match' && entry.signals === 1 ? [] : [`the case holds ${entry.signals} ${entry.kind} signals`];
}

/** What is in `from` more often than in `without`. */
function difference(from: readonly string[], without: readonly string[]): string[] {
  const left = [...without];
  return from.filter((item) => {
    const at = left.indexOf(item);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
