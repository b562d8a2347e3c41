/**
 * Hashes from a CSV file: the export of python-threatexchange (`signal_type,signal_str,…`), or `type,hash[,entry]`, with
 * or without that header. Flow: importList → here → candidates. What a row says that we cannot take is said, not guessed.
 */
import { concatBytes } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { LIMITS } from '@lodestone/protocol/limits';
import type { Candidate, Refusal } from './candidate.ts';
import { type CsvRow, parseCsv } from './csv.ts';
import { MIN_QUALITY, unfitHash } from './hash-quality.ts';
import type { Row, RowType } from './record.ts';

/** Their name for a kind of hash → ours. */
const TYPES: Readonly<Record<string, RowType>> = {
  pdq: 'pdq',
  sha256: 'sha256',
  video_sha256: 'sha256',
  vpdq: 'vpdq',
};

/** Where in a row the columns are that we read. */
interface Columns {
  type: number;
  hash: number;
  entry?: number;
  category?: number;
}

/** @throws {LodestoneError} `ERR_IMPORT` for a file that is neither of the two */
export function* readHashes(name: string, text: string): Generator<Candidate | Refusal> {
  let columns: Columns | undefined;
  for (const row of parseCsv(text)) {
    if (columns === undefined) {
      const header = headerOf(row.fields);
      columns = header ?? columnsWithoutHeader(name, row.fields);
      if (header) continue;
    }
    yield readRow(`${name}:${row.line}`, row, columns);
  }
}

function headerOf(fields: readonly string[]): Columns | undefined {
  const names = fields.map((field) => field.toLowerCase());
  const at = (column: string): number | undefined => (names.includes(column) ? names.indexOf(column) : undefined);
  const optional = (column: 'entry' | 'category'): Columns | object => {
    const index = at(column);
    return index === undefined ? {} : { [column]: index };
  };
  const [type, hash] = [at('signal_type') ?? at('type'), at('signal_str') ?? at('hash')];
  return type === undefined || hash === undefined
    ? undefined
    : { type, hash, ...optional('entry'), ...optional('category') };
}

function columnsWithoutHeader(name: string, fields: readonly string[]): Columns {
  const kind = fields[0]?.toLowerCase() ?? '';
  if (fields.length < 2 || fields.length > 3 || !(kind in TYPES)) {
    throw new LodestoneError(
      'ERR_IMPORT',
      `${name}: neither an export with "signal_type" and "signal_str" in its first line, nor rows of type,hash[,entry]`,
    );
  }
  return { type: 0, hash: 1, entry: 2 };
}

function readRow(source: string, { fields }: CsvRow, columns: Columns): Candidate | Refusal {
  const cell = (column: number | undefined): string => (column === undefined ? '' : (fields[column] ?? ''));
  try {
    // Anything else is disputed, a seed for research, or known to be no match.
    if (!['', 'POSITIVE_CLASS'].includes(cell(columns.category))) throw unfit(`marked as ${cell(columns.category)}`);
    const row = readHash(cell(columns.type).toLowerCase(), cell(columns.hash));
    const entry = readEntry(cell(columns.entry));
    return { source, rows: [row], ...(entry !== undefined && { entry }) };
  } catch (error) {
    if (error instanceof LodestoneError && error.code === 'ERR_IMPORT') return { source, why: error.message };
    throw error;
  }
}

function readHash(kind: string, text: string): Row {
  const type = Object.hasOwn(TYPES, kind) ? TYPES[kind] : undefined;
  if (type === undefined) throw unfit(`lists hold no hashes of type "${kind}"`);
  if (type === 'vpdq') return { type, payload: readVideo(text) };
  const payload = readDigits(text);
  const why = type === 'pdq' ? unfitHash(payload) : undefined;
  if (why !== undefined) throw unfit(why);
  return { type, payload };
}

function readDigits(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw unfit('not 64 hexadecimal digits');
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** vPDQ as python-threatexchange writes it: a JSON array of "hash,quality,timestamp". Frames of low quality are left out. */
function readVideo(text: string): Uint8Array<ArrayBuffer> {
  const frames = readFrames(text)
    .map((frame) => frame.split(','))
    .filter(([, quality]) => Number(quality) >= MIN_QUALITY)
    .map(([hash]) => readDigits(hash ?? ''))
    .filter((hash) => unfitHash(hash) === undefined);
  if (frames.length === 0) throw unfit(`no frame of quality ${MIN_QUALITY} or more`);
  if (frames.length > LIMITS.videoFrames) throw unfit(`more than ${LIMITS.videoFrames} frames`);
  return concatBytes(...frames);
}

function readFrames(text: string): string[] {
  try {
    const json: unknown = JSON.parse(text);
    if (Array.isArray(json) && json.every((frame) => typeof frame === 'string')) return json;
  } catch {
    // Said below, as for JSON of another shape.
  }
  throw unfit('not a JSON array of "hash,quality,timestamp"');
}

function readEntry(text: string): number | undefined {
  if (text === '') return undefined;
  const entry = Number(text);
  if (!/^\d{1,10}$/.test(text) || entry < 1 || entry > 0xffffffff) throw unfit(`"${text}" is no entry number`);
  return entry;
}

function unfit(why: string): LodestoneError<'ERR_IMPORT'> {
  return new LodestoneError('ERR_IMPORT', why);
}
