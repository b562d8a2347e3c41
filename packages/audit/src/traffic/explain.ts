/**
 * Each record of the traffic gets a reason, or none. Pure. The rules, in order: the browser's own, which the proxy held
 * back; an entry of a ledger, byte for byte; the host's own, by the origins that the auditor named. A request that goes where
 * a ledger's signals go, or that looks like one, is never the host's own. Spec: issue "auditor's proof", DESIGN §8.
 */
import { LIMITS } from '@lodestone/protocol/limits';
import { sha256Hex } from '@lodestone/trust';
import type { RequestEntry } from '../commands/ledger/run.ts';
import { oddHeader } from './headers.ts';
import { destinationOf, type Sent, type SentRequest } from './record.ts';

export type Reason =
  | { by: 'ledger'; ledger: number; seq: number; purpose: RequestEntry['purpose'] }
  | { by: 'own'; origin: string }
  /** The browser's own look-up of its maker's servers. */
  | { by: 'browser' }
  /** The proxy did not pass it on: it asked the browser's maker, or came after the ledgers were read. It did not leave. */
  | { by: 'held'; because: 'browser' | 'closed' }
  | { by: 'nothing'; why: string };

export interface Explained {
  sent: Sent;
  reason: Reason;
}

export interface Account {
  explained: readonly Explained[];
  /** Entries of ledgers for which nothing left. */
  unseen: readonly { ledger: number; entry: RequestEntry }[];
}

export interface Rules {
  /** Origins of the host's own servers. */
  own: readonly string[];
  isBrowsers(host: string): boolean;
}

/** @param ledgers the requests of each device's ledger */
export function explain(
  traffic: readonly Sent[],
  ledgers: readonly (readonly RequestEntry[])[],
  rules: Rules,
): Account {
  const open = ledgers.flatMap((entries, ledger) => entries.map((entry) => ({ ledger, entry })));
  const places = new Set(
    open.filter(({ entry }) => entry.purpose === 'signal').map(({ entry }) => `${entry.origin}${entry.path}`),
  );
  const trusted = new Set(open.map(({ entry }) => entry.origin));
  const take = (sent: SentRequest): (typeof open)[number] | undefined => {
    const at = best(open, sent);
    return at === undefined ? undefined : open.splice(at, 1)[0];
  };
  const reasonOf = (sent: Sent): Reason => {
    if (sent.kind === 'request') {
      const entry = take(sent);
      if (entry) return byLedger(sent, entry);
      if (sent.held) return { by: 'held', because: sent.held };
      if (places.has(sent.url)) return { by: 'nothing', why: 'it goes where signals go, and is in no ledger' };
      if (looksLikeSignal(sent.body)) return { by: 'nothing', why: 'it looks like a signal, and is in no ledger' };
    }
    return byOrigin(sent, rules, trusted);
  };
  const explained = traffic.map((sent) => ({ sent, reason: reasonOf(sent) }));
  return { explained, unseen: open };
}

/** The entry that says the same; first one whose answer was seen, for an answer can be lost on the way to the SDK. */
function best(open: readonly { entry: RequestEntry }[], sent: SentRequest): number | undefined {
  const url = new URL(sent.url);
  const digest = sha256Hex(sent.body);
  const same = open.flatMap(({ entry }, i) =>
    entry.method === sent.method &&
    entry.origin === url.origin &&
    entry.path === `${url.pathname}${url.search}` &&
    entry.request.bytes === sent.body.length &&
    entry.request.sha256 === digest
      ? [{ i, status: entry.response.status }]
      : [],
  );
  return (same.find(({ status }) => status === sent.status) ?? same.find(({ status }) => status === 0))?.i;
}

function byLedger(sent: SentRequest, { ledger, entry }: { ledger: number; entry: RequestEntry }): Reason {
  const odd = oddHeader(sent.headers);
  return odd === undefined
    ? { by: 'ledger', ledger, seq: entry.seq, purpose: entry.purpose }
    : {
        by: 'nothing',
        why: `it is entry ${entry.seq} of a ledger, but carries ${odd}, which no browser sets by itself`,
      };
}

function byOrigin(sent: Sent, { own, isBrowsers }: Rules, trusted: ReadonlySet<string>): Reason {
  const destination = destinationOf(sent);
  const host = hostOf(destination);
  const origin = own.find((one) =>
    sent.kind === 'request' || sent.kind === 'message' ? one === destination : hostOf(one) === host,
  );
  const isPastProxy = sent.kind === 'datagram' || sent.kind === 'packets';
  if (origin !== undefined && !isPastProxy) return { by: 'own', origin };
  // A look-up of the name of a server that the SDK asks says nothing more than the request itself.
  if (sent.kind === 'name' && [...trusted].some((one) => hostOf(one) === host))
    return { by: 'own', origin: destination };
  if (isBrowsers(host) && sent.kind === 'name') return { by: 'browser' };
  if (isPastProxy) return { by: 'nothing', why: 'it does not go through the proxy' };
  return { by: 'nothing', why: `it goes to ${destination}, which is neither in a ledger nor named as the host’s own` };
}

function hostOf(destination: string): string {
  return destination.replace(/^[a-z]+:\/\//, '').replace(/:\d+$/, '');
}

/** The header of a sealed body: version 1, a key id, 14 zeros (DESIGN §4). */
function looksLikeSignal(body: Uint8Array): boolean {
  return (
    body.length === LIMITS.signalBytes &&
    body[0] === 1 &&
    body.subarray(2, LIMITS.signalHeaderBytes).every((byte) => byte === 0)
  );
}
