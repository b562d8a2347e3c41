/** Claims about an exported ledger. Pure. Flow: run.ts → here → report. Spec: docs/design/audit.md#ledger */
import type { Digest } from '@lodestone/protocol/digest';
import { type LedgerEntry, type LedgerRequest, parseLedger } from '@lodestone/protocol/ledger';
import { LIMITS } from '@lodestone/protocol/limits';
import { sha256Hex, verifyLedger } from '@lodestone/trust';
import {
  type Claim,
  claimBuilder,
  count,
  errorText,
  fail,
  notTested,
  type Outcome,
  pass,
} from '../../report/report.ts';

export const LEDGER_CLAIMS = {
  'ledger-lines-are-canonical': 'Every line of the ledger has the one form that the protocol allows',
  'ledger-chain-is-intact': 'No entry was changed, removed or inserted',
  'ledger-says-what-was-pruned':
    'The ledger has every entry since it began, or says how many it pruned, and of which time',
  'ledger-bodies-are-signals':
    'In the ledger, only signals of the fixed length carry a body; every other request is a GET without one',
  'ledger-origins-are-expected': 'The ledger names only the given servers',
  'ledger-sandboxes-are-published': 'Every sandbox that the ledger records is the published one',
} as const;
const claim = claimBuilder(LEDGER_CLAIMS);

export type RequestEntry = LedgerEntry & LedgerRequest;

export interface ParsedLedger {
  /** Absent if the ledger is empty or its lines could not be parsed. */
  entries?: LedgerEntry[];
  lines: Outcome;
}

export function parseLines(ndjson: string): ParsedLedger {
  try {
    const entries = parseLedger(ndjson);
    if (entries.length === 0) return { lines: notTested('The ledger is empty.') };
    return { entries, lines: pass(`${count(entries.length, 'entry', 'entries')}.`) };
  } catch (error) {
    return { lines: fail(errorText(error)) };
  }
}

export function ledgerClaims(
  { entries, lines }: ParsedLedger,
  { origins, build }: { origins: readonly string[]; build: Digest | undefined },
): Claim[] {
  const test = (rule: (entries: readonly LedgerEntry[]) => Outcome): Outcome =>
    entries
      ? rule(entries)
      : notTested(lines.status === 'fail' ? 'The lines could not be parsed.' : 'The ledger is empty.');
  return [
    claim(
      'ledger-lines-are-canonical',
      'Each line was parsed by a strict schema, printed again and compared with the original.',
      lines,
    ),
    claim(
      'ledger-chain-is-intact',
      'Each entry’s SHA-256 was recalculated and compared with the one that the next entry names.',
      test(chainOutcome),
    ),
    claim(
      'ledger-says-what-was-pruned',
      `The pruning notes were added up and compared with the number of the first entry. A ledger keeps its newest ${LIMITS.ledgerEntries.toLocaleString('en')} entries, and those of the last ${LIMITS.ledgerDays} days up to ${LIMITS.maxLedgerEntries.toLocaleString('en')}.`,
      test(pruning),
    ),
    claim(
      'ledger-bodies-are-signals',
      `Method, purpose, size (${LIMITS.signalBytes} bytes for a signal) and digest of each request’s body were compared with this rule.`,
      test(bodies),
    ),
    ...(origins.length > 0
      ? [
          claim(
            'ledger-origins-are-expected',
            'The origin of each request was compared with the given ones.',
            test((all) => servers(all, origins)),
            `The ledger names only ${origins.join(', ')} as servers`,
          ),
        ]
      : []),
    ...(build === undefined
      ? []
      : [
          claim(
            'ledger-sandboxes-are-published',
            `The build digest in each "sandbox-started" note was compared with ${build}.`,
            test((all) => sandboxes(all, build)),
          ),
        ]),
  ];
}

export function requestsOf(entries: readonly LedgerEntry[]): RequestEntry[] {
  return entries.filter((entry): entry is RequestEntry => entry.type === 'request');
}

/** The first and the last entry. Only ledgers with entries are judged. */
function ends(entries: readonly LedgerEntry[]): [LedgerEntry, LedgerEntry] {
  const [first, last] = [entries[0], entries.at(-1)];
  if (!first || !last) throw new RangeError('The ledger is empty.');
  return [first, last];
}

function chainOutcome(entries: readonly LedgerEntry[]): Outcome {
  const [first, last] = ends(entries);
  try {
    verifyLedger(entries);
  } catch (error) {
    return fail(errorText(error));
  }
  const from = first.seq === 0 ? 'entry 0' : `entry ${first.seq} (earlier entries were pruned)`;
  return pass(`Every link is intact, from ${from} to entry ${last.seq}, whose digest is ${last.digest}.`);
}

function pruning(entries: readonly LedgerEntry[]): Outcome {
  const [first, last] = ends(entries);
  const span = `Its ${count(entries.length, 'entry', 'entries')} are from ${first.time} to ${last.time}`;
  if (first.seq === 0) return pass(`Nothing was pruned. ${span}.`);
  const notes = entries.flatMap((entry) => (entry.type === 'note' && entry.note === 'pruned' ? [entry.pruned] : []));
  const sum = (of: (one: (typeof notes)[number]) => number): number => notes.reduce((all, one) => all + of(one), 0);
  const pruned = sum((one) => one.entries);
  // A note that was pruned itself is part of a later one, so the first note may not name the first time.
  const times = notes.flatMap(({ from, to }) => [from, to]).sort();
  if (pruned !== first.seq)
    return fail(
      `The ledger begins at entry ${first.seq}, but its notes say that ${count(pruned, 'entry was', 'entries were')} pruned.`,
    );
  return pass(
    `${count(pruned, 'entry was', 'entries were')} pruned, from ${times[0]} to ${times.at(-1)}: ${count(
      sum((one) => one.requests),
      'request',
    )}, of which ${count(
      sum((one) => one.signals),
      'signal',
    )}. ${span}.`,
  );
}

/** SHA-256 of no bytes. */
const EMPTY = sha256Hex(new Uint8Array(0));

function bodies(entries: readonly LedgerEntry[]): Outcome {
  const requests = requestsOf(entries);
  const wrong = requests.filter(({ method, purpose, request }) =>
    method === 'POST'
      ? purpose !== 'signal' || request.bytes !== LIMITS.signalBytes
      : purpose === 'signal' || request.bytes !== 0 || request.sha256 !== EMPTY,
  );
  const posts = requests.filter(({ method }) => method === 'POST').length;
  return wrong.length === 0
    ? pass(`${count(posts, 'signal')}, ${count(requests.length - posts, 'GET without a body', 'GETs without a body')}.`)
    : fail(`Exceptions: ${entryNumbers(wrong)}.`);
}

function servers(entries: readonly LedgerEntry[], origins: readonly string[]): Outcome {
  const others = new Set(requestsOf(entries).map(({ origin }) => origin)).difference(new Set(origins));
  return others.size === 0 ? pass('No other server appears.') : fail(`Also: ${[...others].join(', ')}.`);
}

function sandboxes(entries: readonly LedgerEntry[], build: Digest): Outcome {
  const started = entries.flatMap((entry) =>
    entry.type === 'note' && entry.note === 'sandbox-started' ? [{ seq: entry.seq, build: entry.of }] : [],
  );
  if (started.length === 0) return notTested('The ledger records no sandbox start.');
  const others = started.filter((sandbox) => sandbox.build !== build);
  return others.length === 0
    ? pass(`${count(started.length, 'start')}, all of this build.`)
    : fail(`Of another build: ${entryNumbers(others)}.`);
}

function entryNumbers(entries: readonly { seq: number }[]): string {
  return entries.map(({ seq }) => `entry ${seq}`).join(', ');
}
