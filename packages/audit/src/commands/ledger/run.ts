/**
 * `lodestone-audit ledger`: is an exported ledger whole, and what does it say was sent, and where?
 * Flow: `guard.ledger.export()` → a file → here. A ledger proves that it was not changed in the middle; that it is
 * complete is proven by `capture`. Spec: DESIGN §4 (LedgerEntry).
 */
import { type LedgerEntry, type LedgerRequest, parseLedger } from '@lodestone/protocol/ledger';
import { LIMITS } from '@lodestone/protocol/limits';
import type { Digest } from '@lodestone/protocol/digest';
import { sha256Hex, verifyLedger } from '@lodestone/trust';
import { broken, count, holds, messageOf, type Outcome, type Report, reportOf, untested } from '../../report/report.ts';

export interface LedgerOptions {
  /** For the report: where it came from. */
  name: string;
  /** NDJSON, as the guard exports it. */
  ndjson: string;
  /** The only origins that may be in it; without any, the report just lists them. */
  origins?: readonly string[];
  /** Build digest of the published sandbox. */
  build?: Digest | undefined;
}

export interface LedgerFacts {
  entries: readonly LedgerEntry[];
  /** One for each purpose, method and origin. */
  totals: readonly Total[];
  /** Entries whose time is before that of the entry before: the device's clock was set back. */
  clockSetBack: number;
}

export interface Total {
  purpose: LedgerRequest['purpose'];
  method: LedgerRequest['method'];
  origin: string;
  requests: number;
  sentBytes: number;
  receivedBytes: number;
}

export type RequestEntry = LedgerEntry & LedgerRequest;

/** SHA-256 of no bytes. */
const EMPTY = sha256Hex(new Uint8Array(0));

export function auditLedger({ name, ndjson, origins = [], build }: LedgerOptions): Report<LedgerFacts> {
  const { entries, form } = readEntries(ndjson);
  const judge = (rule: (entries: readonly LedgerEntry[]) => Outcome): Outcome =>
    entries ? rule(entries) : untested('The lines could not be read.');
  return reportOf('ledger', name, {
    claims: [
      {
        promise: 'Every line of the ledger is in the one form that the protocol allows.',
        tested: 'Each line was parsed by a strict schema, printed again, and compared with what was there.',
        ...form,
      },
      {
        promise: 'No entry was changed, taken out or put in.',
        tested: 'Each entry’s SHA-256 was calculated anew, and compared with what the entry after it names.',
        ...judge(chain),
      },
      {
        promise: `Nothing but sealed signals of ${LIMITS.signalBytes} bytes carries a body: every other request is an empty GET.`,
        tested: 'Method, purpose, size and digest of each request’s body were compared with this rule.',
        ...judge(bodies),
      },
      ...optional(origins.length > 0, {
        promise: `The SDK spoke to no other servers than ${origins.join(', ')}.`,
        tested: 'The origin of each request was compared with these.',
        ...judge((all) => servers(all, origins)),
      }),
      ...optional(build !== undefined, {
        promise: 'Every sandbox that ran on this device was the published one.',
        tested: `The build digest in each note "sandbox-started" was compared with ${build}.`,
        ...judge((all) => sandboxes(all, build)),
      }),
    ],
    limits: LIMITS_OF_LEDGERS,
    facts: {
      entries: entries ?? [],
      totals: totalsOf(requestsOf(entries ?? [])),
      clockSetBack: timesBack(entries ?? []),
    },
  });
}

const LIMITS_OF_LEDGERS = [
  'A ledger says what the SDK wrote down. Whether all that left was written down is proven by comparing it with a capture of the traffic: lodestone-audit capture.',
  'Who controls the storage of a device can cut off the end of the chain or make a new chain; a ledger alone does not show that.',
  'Times are those of the device’s clock.',
];

export function requestsOf(entries: readonly LedgerEntry[]): RequestEntry[] {
  return entries.filter((entry): entry is RequestEntry => entry.type === 'request');
}

function chain(entries: readonly LedgerEntry[]): Outcome {
  const [first, last] = [entries[0], entries.at(-1)];
  if (!first || !last) return untested('The ledger is empty.');
  try {
    verifyLedger(entries);
  } catch (error) {
    return broken(messageOf(error));
  }
  const from =
    first.seq === 0 ? 'from the very first' : `from entry ${first.seq} (those before were pruned by its rule)`;
  return holds(`Every link holds, ${from} to entry ${last.seq}, whose digest is ${last.digest}.`);
}

function readEntries(ndjson: string): { entries?: LedgerEntry[]; form: Outcome } {
  try {
    const entries = parseLedger(ndjson);
    return { entries, form: holds(`${count(entries.length, 'entry', 'entries')}.`) };
  } catch (error) {
    return { form: broken(messageOf(error)) };
  }
}

function bodies(entries: readonly LedgerEntry[]): Outcome {
  const requests = requestsOf(entries);
  const wrong = requests.filter(({ method, purpose, request }) =>
    method === 'POST'
      ? purpose !== 'signal' || request.bytes !== LIMITS.signalBytes
      : purpose === 'signal' || request.bytes !== 0 || request.sha256 !== EMPTY,
  );
  const posts = requests.filter(({ method }) => method === 'POST').length;
  return wrong.length === 0
    ? holds(`${count(posts, 'sealed signal')}, ${count(requests.length - posts, 'empty GET')}.`)
    : broken(`Otherwise: ${entryNumbers(wrong)}.`);
}

function servers(entries: readonly LedgerEntry[], origins: readonly string[]): Outcome {
  const others = new Set(requestsOf(entries).map(({ origin }) => origin)).difference(new Set(origins));
  return others.size === 0 ? holds('No other is in it.') : broken(`Also ${[...others].join(', ')}.`);
}

function sandboxes(entries: readonly LedgerEntry[], build: Digest | undefined): Outcome {
  const started = entries.flatMap((entry) =>
    entry.type === 'note' && entry.note === 'sandbox-started' ? [{ seq: entry.seq, build: entry.of }] : [],
  );
  if (started.length === 0) return untested('No sandbox was started.');
  const others = started.filter((sandbox) => sandbox.build !== build);
  return others.length === 0
    ? holds(`${count(started.length, 'start')}, all of this build.`)
    : broken(`Of another build: ${entryNumbers(others)}.`);
}

function totalsOf(requests: readonly LedgerRequest[]): Total[] {
  const totals = new Map<string, Total>();
  for (const { purpose, method, origin, request, response } of requests) {
    const key = `${purpose} ${method} ${origin}`;
    const total = totals.get(key) ?? { purpose, method, origin, requests: 0, sentBytes: 0, receivedBytes: 0 };
    total.requests += 1;
    total.sentBytes += request.bytes;
    total.receivedBytes += response.bytes;
    totals.set(key, total);
  }
  return [...totals.values()];
}

function timesBack(entries: readonly LedgerEntry[]): number {
  return entries.filter(({ time }, i) => time < (entries[i - 1]?.time ?? time)).length;
}

function entryNumbers(entries: readonly { seq: number }[]): string {
  return entries.map(({ seq }) => `entry ${seq}`).join(', ');
}

function optional<T>(wanted: boolean, item: T): T[] {
  return wanted ? [item] : [];
}
