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

export async function openLedger(storage: Storage, now: () => number): Promise<LedgerWriter> {
  await closeAbandonedRequests(storage, now());
  const entries = (): Promise<LedgerEntry[]> =>
    storage.transact(['ledger'], async (tx) => (await tx.all('ledger')).map(([, entry]) => entry));

  return {
    entries,
    async export() {
      await closeRequests(storage, now(), () => true);
      const lines = (await entries()).map((entry) => `${printLedgerLine(entry)}\n`);
      return new Blob([lines.join('')], { type: 'application/x-ndjson' });
    },
    note: (note) => storage.transact(['ledger'], (tx) => append(tx, { type: 'note', ...note }, now())),
    async request(request, deadlineMs = REQUEST_MS) {
      const key = openRequestKey(now() + deadlineMs - REQUEST_MS);
      const record: LedgerRequest = { type: 'request', ...request, response: { bytes: 0, status: 0 } };
      await storage.transact(['open-requests'], (tx) => tx.put('open-requests', key, record));
      return (response) =>
        storage.transact(['ledger', 'open-requests'], async (tx) => {
          // An export has written its entry.
          if (!(await tx.get('open-requests', key))) return;
          await append(tx, { ...record, response }, now());
          await tx.delete('open-requests', key);
        });
    },
  };
}

/** Entries are pruned in steps, so that not every request adds a note of it. */
const PRUNE_STEP = 1_000;

async function append(tx: Transaction<'ledger'>, record: LedgerRecord, now: number): Promise<void> {
  const previous = (await tx.last('ledger'))?.[1];
  const entry = appendEntry(previous, record, now);
  await tx.put('ledger', entry.seq, entry);
  if (entry.seq > LIMITS.ledgerEntries && entry.seq % PRUNE_STEP === 0) await prune(tx, entry.seq, now);
}

/** Deletes old entries. A note says which, and names the last of them, so the chain can still be verified. */
async function prune(tx: Transaction<'ledger'>, newest: number, now: number): Promise<void> {
  const from = toInstant(now - LIMITS.ledgerDays * DAY_MS);
  const pruned: LedgerEntry[] = [];
  for (let seq = await firstSeq(tx, newest); newest - seq >= LIMITS.ledgerEntries; seq++) {
    const entry = await tx.get('ledger', seq);
    if (!entry || (entry.time >= from && newest - seq < LIMITS.maxLedgerEntries)) break;
    await tx.delete('ledger', seq);
    pruned.push(entry);
  }
  const last = pruned.at(-1);
  if (last) await append(tx, { type: 'note', note: 'pruned', of: last.digest, pruned: summaryOf(pruned) }, now);
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
    from: earlier[0]?.from ?? first?.time ?? toInstant(0),
    to: last?.time ?? toInstant(0),
  };
}

/** Egress ends every request after this time. An older open request belongs to a page that has ended. */
export const REQUEST_MS = 600_000;

/** Writes entries without an answer for the open requests of pages that have ended. Other tabs' requests stay open. */
function closeAbandonedRequests(storage: Storage, now: number): Promise<void> {
  return closeRequests(storage, now, (opened) => opened <= now - 2 * REQUEST_MS);
}

/** Writes entries without an answer, so that the ledger has every request that has left. */
function closeRequests(storage: Storage, now: number, isClosed: (opened: number) => boolean): Promise<void> {
  return storage.transact(['ledger', 'open-requests'], async (tx) => {
    for (const [key, request] of await tx.all('open-requests')) {
      if (!isClosed(openedAt(key))) continue;
      await append(tx, request, now);
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
