/**
 * The entries of a case as CSV (RFC 4180): a row for each that was not withdrawn. Flow: formats → here.
 * Promise: no cell begins like a formula of a spreadsheet. Spec: docs/design/receiver.md#exports
 */
import type { ExportedCase } from '../format.ts';
import { standingEntries } from '../format.ts';

const COLUMNS = [
  'test',
  'case',
  'state',
  'account',
  'source',
  'order',
  'kind',
  'reference',
  'version',
  'entry',
  'level',
  'signals',
  'exactSignals',
  'firstDay',
  'lastDay',
] as const;

export function csvEntries(exported: ExportedCase): string {
  const { case: shown, account = '', isReal } = exported;
  const rows = standingEntries(exported).map((each) => ({
    ...each,
    test: isReal ? 'no' : 'yes',
    case: shown.caseNo,
    state: shown.state,
    account,
    source: shown.order.source,
    order: shown.order.orderId,
    version: each.version ?? '',
  }));
  return [COLUMNS, ...rows.map((row) => COLUMNS.map((column) => row[column]))]
    .map((cells) => `${cells.map((cell) => quote(String(cell))).join(',')}\r\n`)
    .join('');
}

function quote(cell: string): string {
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
