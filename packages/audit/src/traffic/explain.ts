/**
 * Decides which recorded traffic a ledger explains; the only home of that rule. Pure. Flow: session → here → claims.
 * Promise: a request is explained by at most one ledger entry with the same method, address, body and status. A request that
 * goes to the address of signals, or has the form of a signal, never counts as the host's. Spec: docs/design/audit.md#ledger, #capture
 */
import { LIMITS } from '@lodestone/protocol/limits';
import { sha256Hex } from '@lodestone/trust';
import type { RequestEntry } from '../commands/ledger/claims.ts';
import { unexpectedHeader } from './headers.ts';
import { type BlockReason, destinationOf, type TrafficRecord, type SentRequest } from './record.ts';

export type Reason =
  | { by: 'ledger'; ledger: number; seq: number; purpose: RequestEntry['purpose'] }
  | { by: 'first-party'; origin: string }
  /** The browser looked up a server of its maker. */
  | { by: 'browser' }
  /** The proxy blocked it, so it did not leave. */
  | { by: 'blocked'; because: BlockReason }
  | { by: 'unexplained'; why: string };

export interface Explained {
  sent: TrafficRecord;
  reason: Reason;
}

export interface Explanation {
  explained: readonly Explained[];
  /** Ledger entries without a recorded request. */
  unrecorded: readonly { ledger: number; entry: RequestEntry }[];
}

export interface ExplanationRules {
  /** Origins of the host's servers. */
  firstParty: readonly string[];
  isBrowserMaker(host: string): boolean;
}

/** @param ledgers the requests of each device's ledger */
export function explainTraffic(
  traffic: readonly TrafficRecord[],
  ledgers: readonly (readonly RequestEntry[])[],
  rules: ExplanationRules,
): Explanation {
  const open = ledgers.flatMap((entries, ledger) => entries.map((entry) => ({ ledger, entry })));
  const signalAddresses = new Set(
    open.filter(({ entry }) => entry.purpose === 'signal').map(({ entry }) => `${entry.origin}${entry.path}`),
  );
  const ledgerOrigins = new Set(open.map(({ entry }) => entry.origin));
  const take = (sent: SentRequest): (typeof open)[number] | undefined => {
    const at = matchingEntry(open, summaryOf(sent));
    return at === undefined ? undefined : open.splice(at, 1)[0];
  };
  const reasonOf = (sent: TrafficRecord): Reason => {
    if (sent.kind === 'request') {
      const entry = take(sent);
      if (entry) return byLedger(sent, entry);
      if (sent.blocked) return { by: 'blocked', because: sent.blocked };
      if (signalAddresses.has(sent.url))
        return { by: 'unexplained', why: 'it has the address of signals, but is in no ledger' };
      if (looksLikeSignal(sent.body))
        return { by: 'unexplained', why: 'it has the form of a signal, but is in no ledger' };
    }
    return byOrigin(sent, rules, ledgerOrigins);
  };
  const explained = traffic.map((sent) => ({ sent, reason: reasonOf(sent) }));
  return { explained, unrecorded: open };
}

/** The part of a request that a ledger entry repeats. */
export interface RequestSummary {
  method: string;
  url: string;
  body: { bytes: number; sha256: string };
  /** 0 if there was no response. */
  status: number;
}

/**
 * The index of the entry that explains the request, first by status; an entry with status 0 means that the response was lost
 * on its way to the SDK.
 */
export function matchingEntry(open: readonly { entry: RequestEntry }[], sent: RequestSummary): number | undefined {
  const url = new URL(sent.url);
  const same = open.flatMap(({ entry }, i) =>
    entry.method === sent.method &&
    entry.origin === url.origin &&
    entry.path === `${url.pathname}${url.search}` &&
    entry.request.bytes === sent.body.bytes &&
    entry.request.sha256 === sent.body.sha256
      ? [{ i, status: entry.response.status }]
      : [],
  );
  return (same.find(({ status }) => status === sent.status) ?? same.find(({ status }) => status === 0))?.i;
}

function summaryOf({ method, url, body, status }: SentRequest): RequestSummary {
  return { method, url, body: { bytes: body.length, sha256: sha256Hex(body) }, status };
}

function byLedger(sent: SentRequest, { ledger, entry }: { ledger: number; entry: RequestEntry }): Reason {
  const header = unexpectedHeader(sent.headers);
  return header === undefined
    ? { by: 'ledger', ledger, seq: entry.seq, purpose: entry.purpose }
    : {
        by: 'unexplained',
        why: `it matches ledger entry ${entry.seq}, but carries ${header}, which no browser sets by itself`,
      };
}

function byOrigin(
  sent: TrafficRecord,
  { firstParty, isBrowserMaker }: ExplanationRules,
  ledgerOrigins: ReadonlySet<string>,
): Reason {
  const destination = destinationOf(sent);
  const host = hostOf(destination);
  const origin = firstParty.find((one) =>
    sent.kind === 'request' || sent.kind === 'message' ? one === destination : hostOf(one) === host,
  );
  const bypassesProxy = sent.kind === 'datagram' || sent.kind === 'packets';
  if (origin !== undefined && !bypassesProxy) return { by: 'first-party', origin };
  // A look-up of a server that a ledger names reveals no more than the request itself.
  if (sent.kind === 'name' && [...ledgerOrigins].some((one) => hostOf(one) === host))
    return { by: 'first-party', origin: destination };
  if (isBrowserMaker(host) && sent.kind === 'name') return { by: 'browser' };
  if (bypassesProxy) return { by: 'unexplained', why: 'it bypasses the proxy' };
  return {
    by: 'unexplained',
    why: `it goes to ${destination}, which is neither in a ledger nor a first-party server`,
  };
}

function hostOf(destination: string): string {
  return destination.replace(/^[a-z]+:\/\//, '').replace(/:\d+$/, '');
}

/** The header of a signal: version 1 and zeros. Spec: docs/design/contracts.md#signal */
function looksLikeSignal(body: Uint8Array): boolean {
  return (
    body.length === LIMITS.signalBytes &&
    body[0] === 1 &&
    body.subarray(1, LIMITS.signalHeaderBytes).every((byte) => byte === 0)
  );
}
