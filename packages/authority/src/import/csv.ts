/** Comma-separated values: quoted fields, quotes doubled inside, LF or CRLF. Spec: RFC 4180. */
import { LodestoneError } from '@lodestone/protocol/error';

export interface CsvRow {
  /** Line of the file where the row begins, from 1. */
  line: number;
  fields: string[];
}

/** Rows without a field are left out. @throws {LodestoneError} `ERR_IMPORT` for a quote that does not close, or out of place */
export function* parseCsv(text: string): Generator<CsvRow> {
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const row: CsvRow = { line, fields: [] };
    for (;;) {
      const { value, next } = text[at] === '"' ? quoted(text, at, line) : plain(text, at);
      row.fields.push(value);
      line += value.split('\n').length - 1;
      at = next;
      if (text[at] !== ',') break;
      at++;
    }
    at = text.startsWith('\r\n', at) ? at + 2 : at + 1;
    line++;
    if (row.fields.some((field) => field !== '')) yield row;
  }
}

function plain(text: string, from: number): { value: string; next: number } {
  let next = from;
  while (next < text.length && !',\n\r'.includes(text[next] ?? '')) next++;
  return { value: text.slice(from, next).trim(), next };
}

function quoted(text: string, from: number, line: number): { value: string; next: number } {
  let value = '';
  let start = from + 1;
  for (;;) {
    const quote = text.indexOf('"', start);
    if (quote === -1) throw new LodestoneError('ERR_IMPORT', `line ${line}: a quote that does not close`);
    value += text.slice(start, quote);
    if (text[quote + 1] !== '"') {
      const next = quote + 1;
      if (next < text.length && !',\n\r'.includes(text[next] ?? '')) {
        throw new LodestoneError('ERR_IMPORT', `line ${line}: text after a closing quote`);
      }
      return { value, next };
    }
    value += '"';
    start = quote + 2;
  }
}
