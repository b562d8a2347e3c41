/**
 * The ledger on the device: one hash-chained entry for each request, and notes of changes to what is scanned. Checks
 * and matches leave no entry.
 * Flow: egress, updater and guard → here → host and auditor. Spec: docs/design/contracts.md#ledger-entry; the chain
 * itself is in @lodestone/trust
 */
import {
  type LedgerEntry,
  type LedgerNote,
  type LedgerPruning,
  type LedgerRecord,
  type LedgerRequest,
  DAY_MS,
  LIMITS,
  printLedgerLine,
  toInstant,
} from '@lodestone/protocol';
import { appendEntry } from '@lodestone/trust';
import type { Storage, Transaction } from './storage/transaction.ts';

/** The ledger as the host and its users read it. */
export interface Ledger {
  entries(): Promise<readonly LedgerEntry[]>;
  /** NDJSON, the input of `lodestone-audit ledger FILE`. A request under way is in it, without an answer. */
  export(): Promise<Blob>;
}

/** The ledger as the SDK writes it. */
export interface LedgerWriter extends Ledger {
  note(note: Omit<LedgerNote, 'type'>): Promise<void>;
  /** Call it before the request leaves. The function it returns writes the entry, once the answer arrived or failed. */
  request(
    request: Omit<LedgerRequest, 'type' | 'response'>,
    deadlineMs?: number,
  ): Promise<(response: LedgerRequest['response']) => Promise<void>>;
}

/** What is kept. Spec: docs/design/contracts.md#ledger-entry */
export type LedgerLimits = Pick<typeof LIMITS, 'ledgerDays'> & { ledgerEntries: number; maxLedgerEntries: number };

export async function openLedger(
  storage: Storage,
  now: () => number,
  limits: LedgerLimits = LIMITS,
): Promise<LedgerWriter> {
  const append = (tx: Transaction<'ledger'>, record: LedgerRecord): Promise<void> =>
    appendAndPrune(tx, record, now(), limits);
  await closeAbandonedRequests(storage, now(), append);
  const entries = (): Promise<LedgerEntry[]> =>
    storage.transact(['ledger'], async (tx) => (await tx.all('ledger')).map(([, entry]) => entry));

  return {
    entries,
    async export() {
      await closeRequests(storage, () => true, append);
      const lines = (await entries()).map((entry) => `${printLedgerLine(entry)}\n`);
      return new Blob([lines.join('')], { type: 'application/x-ndjson' });
    },
    note: (note) => storage.transact(['ledger'], (tx) => append(tx, { type: 'note', ...note })),
    async request(request, deadlineMs = REQUEST_MS) {
      const key = openRequestKey(now() + deadlineMs - REQUEST_MS);
      const record: LedgerRequest = { type: 'request', ...request, response: { bytes: 0, status: 0 } };
      await storage.transact(['open-requests'], (tx) => tx.put('open-requests', key, record));
      return (response) =>
        storage.transact(['ledger', 'open-requests'], async (tx) => {
          // An export has written its entry.
          if (!(await tx.get('open-requests', key))) return;
          await append(tx, { ...record, response });
          await tx.delete('open-requests', key);
        });
    },
  };
}

type Append = (tx: Transaction<'ledger'>, record: LedgerRecord) => Promise<void>;

/** Entries are pruned in steps of a tenth, so that not every request adds a note of it. */
const PRUNE_STEPS = 10;

async function appendAndPrune(
  tx: Transaction<'ledger'>,
  record: LedgerRecord,
  now: number,
  limits: LedgerLimits,
): Promise<void> {
  const seq = await appendOne(tx, record, now);
  const step = Math.ceil(limits.ledgerEntries / PRUNE_STEPS);
  if (seq <= limits.ledgerEntries || seq % step !== 0) return;
  const pruned = await prune(tx, seq, now, limits);
  if (pruned) await appendOne(tx, pruned, now);
}

/** @returns its number */
async function appendOne(tx: Transaction<'ledger'>, record: LedgerRecord, now: number): Promise<number> {
  const previous = (await tx.last('ledger'))?.[1];
  const entry = appendEntry(previous, record, now);
  await tx.put('ledger', entry.seq, entry);
  return entry.seq;
}

/** Deletes old entries. @returns the note, which names the last of them, so that the chain can still be verified */
async function prune(
  tx: Transaction<'ledger'>,
  newest: number,
  now: number,
  { ledgerDays, ledgerEntries, maxLedgerEntries }: LedgerLimits,
): Promise<LedgerPruning | undefined> {
  const from = toInstant(now - ledgerDays * DAY_MS);
  const pruned: LedgerEntry[] = [];
  for (let seq = await firstSeq(tx, newest); newest - seq >= ledgerEntries; seq++) {
    const entry = await tx.get('ledger', seq);
    if (!entry || (entry.time >= from && newest - seq < maxLedgerEntries)) break;
    await tx.delete('ledger', seq);
    pruned.push(entry);
  }
  const last = pruned.at(-1);
  return last && { type: 'note', note: 'pruned', of: last.digest, pruned: summaryOf(pruned) };
}

/** Entry numbers have no gaps, so the first is found by halves. */
async function firstSeq(tx: Transaction<'ledger'>, newest: number): Promise<number> {
  let [low, high] = [0, newest];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await tx.get('ledger', middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function summaryOf(entries: readonly LedgerEntry[]): LedgerPruning['pruned'] {
  const [first, last] = [entries[0], entries.at(-1)];
  const earlier = entries.flatMap((entry) => (entry.type === 'note' && entry.note === 'pruned' ? [entry.pruned] : []));
  const requests = entries.filter((entry) => entry.type === 'request');
  const sum = (own: number, of: (one: LedgerPruning['pruned']) => number): number =>
    earlier.reduce((total, one) => total + of(one), own);
  return {
    entries: sum(entries.length, (one) => one.entries),
    requests: sum(requests.length, (one) => one.requests),
    signals: sum(requests.filter(({ purpose }) => purpose === 'signal').length, (one) => one.signals),
    from: [first?.time ?? toInstant(0), ...earlier.map(({ from }) => from)].sort()[0] ?? toInstant(0),
    to: last?.time ?? toInstant(0),
  };
}

/** Egress ends every request after this time. An older open request belongs to a page that has ended. */
export const REQUEST_MS = 600_000;

/** Writes entries without an answer for the open requests of pages that have ended. Other tabs' requests stay open. */
function closeAbandonedRequests(storage: Storage, now: number, append: Append): Promise<void> {
  return closeRequests(storage, (opened) => opened <= now - 2 * REQUEST_MS, append);
}

/** Writes entries without an answer, so that the ledger has every request that has left. */
function closeRequests(storage: Storage, isClosed: (opened: number) => boolean, append: Append): Promise<void> {
  return storage.transact(['ledger', 'open-requests'], async (tx) => {
    for (const [key, request] of await tx.all('open-requests')) {
      if (!isClosed(openedAt(key))) continue;
      await append(tx, request);
      await tx.delete('open-requests', key);
    }
  });
}

const TIME_DIGITS = 15;

function openRequestKey(now: number): string {
  return `${String(now).padStart(TIME_DIGITS, '0')} ${crypto.randomUUID()}`;
}

function openedAt(key: string | number): number {
  return Number(String(key).slice(0, TIME_DIGITS));
}
