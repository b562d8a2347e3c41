/**
 * `lodestone-audit ledger`: verifies an exported ledger and totals the requests that it records.
 * Flow: `guard.ledger.export()` → a file → here. A ledger proves that nothing in its middle was changed; only `capture`
 * proves that it is complete. Spec: docs/design/audit.md#ledger, docs/design/contracts.md#ledger-entry
 */
import type { Digest } from '@lodestone/protocol/digest';
import type { LedgerEntry, LedgerRequest } from '@lodestone/protocol/ledger';
import { type Report, reportOf } from '../../report/report.ts';
import { ledgerClaims, parseLines, requestsOf } from './claims.ts';

export interface LedgerOptions {
  /** For the report: the file's name. */
  name: string;
  /** NDJSON, as the guard exports it. */
  ndjson: string;
  /** The only origins that may appear; without any, the report only lists them. */
  origins?: readonly string[];
  /** Build digest of the published sandbox. */
  build?: Digest | undefined;
}

export interface LedgerFacts {
  entries: readonly LedgerEntry[];
  /** One for each purpose, method and origin. */
  totals: readonly Total[];
  /** Number of entries that are earlier than the entry before them: the device's clock was set back. */
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

export function auditLedger({ name, ndjson, origins = [], build }: LedgerOptions): Report<LedgerFacts> {
  const parsed = parseLines(ndjson);
  const { entries = [] } = parsed;
  return reportOf('ledger', name, {
    claims: ledgerClaims(parsed, { origins, build }),
    caveat: LEDGER_CAVEAT,
    limits: LEDGER_LIMITS,
    facts: { entries, totals: totalsOf(requestsOf(entries)), clockSetBack: countSetBack(entries) },
  });
}

/** Comes first in the report. */
const LEDGER_CAVEAT =
  'A ledger is the SDK’s own account of its requests. It shows what the SDK says that it sent, not what left the device. lodestone-audit capture compares the two.';

const LEDGER_LIMITS = [
  'A request that was under way when the ledger was exported is an entry with status 0, without an answer.',
  'An attacker who controls the storage of a device can cut off the end of the chain or create a new chain. A ledger alone does not show that.',
  'Times come from the device’s clock.',
];

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

function countSetBack(entries: readonly LedgerEntry[]): number {
  return entries.filter(({ time }, i) => time < (entries[i - 1]?.time ?? time)).length;
}
