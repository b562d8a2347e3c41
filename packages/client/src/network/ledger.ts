/**
 * The ledger on the device: one hash-chained entry for each request, and notes of changes to what is scanned. Checks
 * and matches leave no entry.
 * Flow: egress, updater and guard → here → host and auditor. Spec: docs/design/contracts.md#ledger-entry; the chain
 * itself is in @lodestone/trust
 */
import {
  type LedgerEntry,
  type LedgerNote,
  type LedgerRecord,
  type LedgerRequest,
  LIMITS,
  printLedgerLine,
} from '@lodestone/protocol';
import { appendEntry } from '@lodestone/trust';
import type { Storage, Transaction } from './storage/transaction.ts';

/** The ledger as the host and its users read it. */
export interface Ledger {
  entries(): Promise<readonly LedgerEntry[]>;
  /** NDJSON, the input of `lodestone-audit ledger FILE`. */
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
    export: async () =>
      new Blob([(await entries()).map((entry) => `${printLedgerLine(entry)}\n`).join('')], {
        type: 'application/x-ndjson',
      }),
    note: (note) => storage.transact(['ledger'], (tx) => append(tx, { type: 'note', ...note }, now())),
    async request(request, deadlineMs = REQUEST_MS) {
      const key = openRequestKey(now() + deadlineMs - REQUEST_MS);
      const record: LedgerRequest = { type: 'request', ...request, response: { bytes: 0, status: 0 } };
      await storage.transact(['open-requests'], (tx) => tx.put('open-requests', key, record));
      return (response) =>
        storage.transact(['ledger', 'open-requests'], async (tx) => {
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
  if (record.type === 'note' && record.note === 'pruned') return;
  const oldest = entry.seq - LIMITS.ledgerEntries;
  if (oldest > 0 && oldest % PRUNE_STEP === 0) await prune(tx, oldest, now);
}

/** Deletes the entries before `oldest`. A note names the last of them, so the chain can still be verified. */
async function prune(tx: Transaction<'ledger'>, oldest: number, now: number): Promise<void> {
  const pruned = (await tx.all('ledger')).filter(([seq]) => Number(seq) < oldest);
  for (const [seq] of pruned) await tx.delete('ledger', seq);
  const last = pruned.at(-1)?.[1];
  if (last) await append(tx, { type: 'note', note: 'pruned', of: last.digest }, now);
}

/** Egress ends every request after this time. An older open request belongs to a page that has ended. */
export const REQUEST_MS = 600_000;

/** Writes entries without an answer for the open requests of pages that have ended. Other tabs' requests stay open. */
function closeAbandonedRequests(storage: Storage, now: number): Promise<void> {
  return storage.transact(['ledger', 'open-requests'], async (tx) => {
    for (const [key, request] of await tx.all('open-requests')) {
      if (openedAt(key) > now - 2 * REQUEST_MS) continue;
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
