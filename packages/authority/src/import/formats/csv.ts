/**
 * Import format: a CSV file of hashes (RFC 4180). Reads the export of python-threatexchange (`signal_type,signal_str,…`)
 * and `type,hash[,entry]`, with or without a header. A row that cannot be listed is refused with its line and the reason.
 * Spec: docs/design/authority.md#import
 */
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { CsvError, parse } from 'csv-parse';
import { importError, type ImportFormat, type ImportItem, refusalReason } from '../format.ts';
import { isHashType, readHash } from './hash-text.ts';

export const csv: ImportFormat = {
  description: 'a CSV file with the columns "signal_type,signal_str,…" or "type,hash[,entry]"',
  accepts: ({ isFolder }) => !isFolder,
  read: ({ path: file }) => readCsv(file),
};

interface CsvRow {
  /** The line on which the row starts, from 1. */
  line: number;
  fields: string[];
}

/** Column indexes. */
interface Columns {
  type: number;
  hash: number;
  entry?: number;
  category?: number;
}

/** @throws {LodestoneError} `ERR_IMPORT` if the file is not CSV or has neither of the two sets of columns */
async function* readCsv(file: string): AsyncGenerator<ImportItem> {
  const name = path.basename(file);
  let columns: Columns | undefined;
  for await (const row of rowsOf(file)) {
    if (row.fields.every((field) => field === '')) continue;
    if (columns === undefined) {
      const header = columnsOfHeader(row.fields);
      columns = header ?? columnsWithoutHeader(name, row.fields);
      if (header) continue;
    }
    yield readRow(`${name}:${row.line}`, row, columns);
  }
}

async function* rowsOf(file: string): AsyncGenerator<CsvRow> {
  let line = 1;
  const parser = parse({
    bom: true,
    relax_column_count: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    cast: (field, { quoting }) => (quoting ? field : field.trim()),
    // Prepends the line of each row. The parser's own count is wrong after a CRLF inside quotes.
    on_record: (fields) => {
      const start = line;
      line += 1 + fields.reduce((sum, field) => sum + field.split('\n').length - 1, 0);
      return [String(start), ...fields];
    },
  });
  const input = createReadStream(file);
  input.once('error', (error) => parser.destroy(error));
  const rows: AsyncIterable<string[]> = input.pipe(parser);
  try {
    for await (const [start, ...fields] of rows) yield { line: Number(start), fields };
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw importError(`${path.basename(file)}, row at line ${line}: ${cause.message}`, { cause });
  } finally {
    input.destroy();
  }
}

function columnsOfHeader(fields: readonly string[]): Columns | undefined {
  const names = fields.map((field) => field.toLowerCase());
  const indexOf = (column: string): number | undefined => (names.includes(column) ? names.indexOf(column) : undefined);
  const type = indexOf('signal_type') ?? indexOf('type');
  const hash = indexOf('signal_str') ?? indexOf('hash');
  if (type === undefined || hash === undefined) return undefined;
  const [entry, category] = [indexOf('entry'), indexOf('category')];
  return { type, hash, ...(entry !== undefined && { entry }), ...(category !== undefined && { category }) };
}

function columnsWithoutHeader(name: string, fields: readonly string[]): Columns {
  if (fields.length < 2 || fields.length > 3 || !isHashType(fields[0] ?? '')) {
    throw importError(`${name}: expected a header with "signal_type" and "signal_str", or rows of type,hash[,entry]`);
  }
  return { type: 0, hash: 1, entry: 2 };
}

function readRow(source: string, { fields }: CsvRow, columns: Columns): ImportItem {
  const cell = (column: number | undefined): string => (column === undefined ? '' : (fields[column] ?? ''));
  try {
    // Other categories are disputed, seeds for an investigation, or known not to match.
    const category = cell(columns.category);
    if (!['', 'POSITIVE_CLASS'].includes(category)) throw importError(`the category is ${category}`);
    const row = readHash(cell(columns.type), cell(columns.hash));
    const entry = readEntry(cell(columns.entry));
    return { source, rows: [row], ...(entry !== undefined && { entry }) };
  } catch (error) {
    return { source, why: refusalReason(error) };
  }
}

function readEntry(text: string): number | undefined {
  if (text === '') return undefined;
  const entry = Number(text);
  if (!/^\d{1,10}$/.test(text) || entry < 1 || entry > 0xffffffff) {
    throw importError(`"${text}" is not an entry number (1 to 4294967295)`);
  }
  return entry;
}
