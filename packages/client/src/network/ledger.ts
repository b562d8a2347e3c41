/**
 * One hash-chained entry for every request, and notes of what changed what is scanned. No note of a check or a match.
 * Flow: egress and the two sides' wiring → here → host and auditor. Spec: DESIGN §4; the chain itself is trust/ledger.
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

/** What the host and its users can read of the ledger. */
export interface Ledger {
  entries(): Promise<readonly LedgerEntry[]>;
  /** NDJSON that `lodestone-audit ledger FILE` accepts. */
  export(): Promise<Blob>;
}

/** What the SDK's own parts write. */
export interface LedgerWriter extends Ledger {
  note(note: Omit<LedgerNote, 'type'>): Promise<void>;
  /** Written before the request leaves; what it returns writes the entry once the answer is there, or failed to come. */
  request(
    request: Omit<LedgerRequest, 'type' | 'response'>,
  ): Promise<(response: LedgerRequest['response']) => Promise<void>>;
}

export async function openLedger(storage: Storage, now: () => number): Promise<LedgerWriter> {
  const append = async (tx: Transaction<'ledger'>, record: LedgerRecord): Promise<void> => {
    const previous = (await tx.last('ledger'))?.[1];
    const entry = appendEntry(previous, record, now());
    await tx.put('ledger', entry.seq, entry);
    if (record.type === 'note' && record.note === 'pruned') return;
    const oldest = entry.seq - LIMITS.ledgerEntries;
    if (oldest % PRUNE_STEP === 0 && oldest > 0) await prune(tx, oldest);
  };
  const prune = async (tx: Transaction<'ledger'>, before: number): Promise<void> => {
    const gone = (await tx.all('ledger')).filter(([seq]) => Number(seq) < before);
    for (const [seq] of gone) await tx.delete('ledger', seq);
    const last = gone.at(-1)?.[1];
    if (last) await append(tx, { type: 'note', note: 'pruned', of: last.digest });
  };
  const entries = (): Promise<LedgerEntry[]> =>
    storage.transact(['ledger'], async (tx) => (await tx.all('ledger')).map(([, entry]) => entry));

  await storage.transact(['ledger', 'open-requests'], async (tx) => {
    for (const [key, request] of await tx.all('open-requests')) {
      if (isRecent(key, now())) continue; // another tab's, still under way
      await append(tx, request);
      await tx.delete('open-requests', key);
    }
  });

  return {
    entries,
    export: async () =>
      new Blob([(await entries()).map((entry) => `${printLedgerLine(entry)}\n`).join('')], {
        type: 'application/x-ndjson',
      }),
    note: (note) => storage.transact(['ledger'], (tx) => append(tx, { type: 'note', ...note })),
    async request(request) {
      const key = `${String(now()).padStart(15, '0')} ${crypto.randomUUID()}`;
      const record: LedgerRequest = { type: 'request', ...request, response: { bytes: 0, status: 0 } };
      await storage.transact(['open-requests'], (tx) => tx.put('open-requests', key, record));
      return (response) =>
        storage.transact(['ledger', 'open-requests'], async (tx) => {
          await append(tx, { ...record, response });
          await tx.delete('open-requests', key);
        });
    },
  };
}

/** Entries go in steps, so that not every request writes a note of pruning. */
const PRUNE_STEP = 1_000;
/** No request may last longer (egress ends it), so an older one belongs to a page that is gone. */
export const REQUEST_MS = 600_000;

function isRecent(key: string | number, now: number): boolean {
  return Number(String(key).slice(0, 15)) > now - 2 * REQUEST_MS;
}
