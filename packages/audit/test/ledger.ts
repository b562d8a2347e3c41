/** Ledgers for tests, written as a guard writes them. */
import { type LedgerEntry, type LedgerRecord, type LedgerRequest, printLedgerLine } from '@lodestone/protocol/ledger';
import type { Digest } from '@lodestone/protocol/digest';
import { appendEntry, sha256Hex } from '@lodestone/trust';

export const BUILD: Digest = sha256Hex(new TextEncoder().encode('a sandbox'));

export function get(path: string, origin = 'https://lists.example'): LedgerRequest {
  return {
    type: 'request',
    purpose: 'metadata',
    method: 'GET',
    origin,
    path,
    request: { bytes: 0, sha256: sha256Hex(new Uint8Array(0)) },
    response: { bytes: 300, status: 200 },
  };
}

export function signal(body: Uint8Array, origin = 'https://provider.example'): LedgerRequest {
  return {
    type: 'request',
    purpose: 'signal',
    method: 'POST',
    origin,
    path: '/v1/signals',
    request: { bytes: body.length, sha256: sha256Hex(body) },
    response: { bytes: 0, status: 204 },
  };
}

export function ledgerOf(records: readonly LedgerRecord[], from = Date.UTC(2026, 10, 24)): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  for (const record of records) entries.push(appendEntry(entries.at(-1), record, from + entries.length * 1_000));
  return entries;
}

export function ndjson(entries: readonly LedgerEntry[]): string {
  return entries.map((entry) => `${printLedgerLine(entry)}\n`).join('');
}
