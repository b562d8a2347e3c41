/**
 * Compares what was observed with what is expected: each check's outcome and action, a ledger entry for each request, one
 * signal of 256 bytes, one case. Pure. Promise: each difference is one sentence; no sentence means no difference.
 */
import { matchingEntry } from '@lodestone/audit';
import { LIMITS, LodestoneError, type LedgerRequest } from '@lodestone/protocol';
import { verifyLedger } from '@lodestone/trust';
import type { Case } from '@lodestone/receiver';
import type { Observed, Recorded, PictureCheck } from './drive-chat.ts';

export type Expected = Pick<PictureCheck, 'file' | 'surface' | 'outcome' | 'action'> & { reason?: string };

export interface Comparison {
  /** Requests of the SDK: those to other origins than the page's. */
  sdk: Recorded[];
  /** Requests of the page to its server. */
  own: Recorded[];
  differences: string[];
}

export function compare(
  observed: Observed,
  cases: readonly Case[],
  { checks, chat, endpoint }: { checks: readonly Expected[]; chat: string; endpoint: string },
): Comparison {
  const isOwn = ({ url }: Recorded): boolean => new URL(url).origin === new URL(chat).origin;
  const sdk = observed.requests.filter((request) => !isOwn(request));
  const own = observed.requests.filter(isOwn);
  return {
    sdk,
    own,
    differences: [
      ...checkDifferences(checks, observed.checks),
      ...ledgerDifferences(sdk, observed),
      ...signalDifferences(sdk, endpoint),
      ...caseDifferences(cases),
    ],
  };
}

const sentence = ({ file, surface, outcome, action, reason }: Expected | PictureCheck): string =>
  `${file} on ${surface}: ${outcome}${reason ? `/${reason}` : ''}, ${action}`;

function checkDifferences(expected: readonly Expected[], actual: readonly PictureCheck[]): string[] {
  return [
    ...difference(expected.map(sentence), actual.map(sentence)).map((what) => `expected, but not observed: ${what}`),
    ...difference(actual.map(sentence), expected.map(sentence)).map((what) => `observed, but not expected: ${what}`),
  ];
}

/** Each request has a ledger entry by the auditor's rule, with the same status, and each entry has a request. */
function ledgerDifferences(sdk: readonly Recorded[], { ledgers }: Observed): string[] {
  const open = ledgers.flatMap((ledger) =>
    ledger
      .filter((entry): entry is typeof entry & LedgerRequest => entry.type === 'request')
      .map((entry) => ({ entry })),
  );
  const unexplained = sdk.filter((sent) => {
    const at = matchingEntry(open, sent);
    // No response is lost on loopback, so the auditor's exception for lost responses does not apply.
    if (at === undefined || open[at]?.entry.response.status !== sent.status) return true;
    open.splice(at, 1);
    return false;
  });
  return [
    ...unexplained.map((sent) => `sent, but in no ledger: ${line(sent)}`),
    ...open.map(({ entry }) => `in a ledger, but never sent: ${line(summaryOf(entry))}`),
    ...ledgers.flatMap(brokenChain),
  ];
}

const line = ({ method, url, body, status }: Recorded): string =>
  `${method} ${url}, ${body.bytes} bytes (${body.sha256.slice(0, 12)}), status ${status}`;

function summaryOf({ method, origin, path, request, response }: LedgerRequest): Recorded {
  return { method, url: `${origin}${path}`, body: request, status: response.status };
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

function signalDifferences(sdk: readonly Recorded[], endpoint: string): string[] {
  const posts = sdk.filter(({ method }) => method !== 'GET');
  const [post] = posts;
  if (posts.length !== 1 || !post) return [`${posts.length} requests were not GET, expected 1`];
  const right = post.method === 'POST' && post.url === endpoint && post.body.bytes === LIMITS.signalBytes;
  return right ? [] : [`the signal was ${post.method} ${post.url} of ${post.body.bytes} bytes`];
}

function caseDifferences(cases: readonly Case[]): string[] {
  const entries = cases.flatMap((one) => one.entries);
  const [entry] = entries;
  if (cases.length !== 1 || entries.length !== 1 || !entry)
    return [`the receiver has ${cases.length} cases with ${entries.length} entries, expected 1 case with 1 entry`];
  return entry.kind === 'match' && entry.signals === 1
    ? []
    : [`the case has ${entry.signals} ${entry.kind} signals, expected 1 match signal`];
}

/** Items that occur more often in `from` than in `without`. */
function difference(from: readonly string[], without: readonly string[]): string[] {
  const rest = [...without];
  return from.filter((item) => {
    const at = rest.indexOf(item);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}
