/**
 * PDF: the pictures and attached files in it, found by their streams. Flow: scanner/inside → here → each one's bytes or samples.
 * Promise: an encrypted document, a stream whose dictionary is not understood, and a picture behind a filter that is not opened (JPX,
 * JBIG2, fax, LZW, ASCII), are faults. Every object is read wherever it lies, since its place may be named by a table that is not read.
 * Pages are not drawn, and inline pictures are not looked for. Spec: ISO 32000-1 §7.3.8, §7.4, §8.9
 */
import { ascii } from '../../decode/byte-reader.ts';
import { type Budget, type Fault, fault, type Found, type OpenContainer } from './input.ts';
import { find } from './find.ts';
import { inflate } from './inflate.ts';
import { PdfObjects } from './pdf-objects.ts';
import { decodeOf, pictureOf, type Resolve } from './pdf-picture.ts';
import { type Predictor, unpredict } from './pdf-predictor.ts';
import { type Dictionary, isList, type Value } from './pdf-syntax.ts';

/** No document has the word so often, except one that is made to cost time. */
const ENCRYPTED_TRIES = 10_000;

export const openPdf: OpenContainer = async function* (bytes, budget) {
  if (isEncrypted(bytes)) return yield fault('format');
  const objects = new PdfObjects(bytes);
  const resolve: Resolve = (value) => objects.resolve(value);
  let opened = 0;
  for (const stream of streamsIn(bytes, objects, budget)) {
    if (typeof stream === 'string') {
      yield fault(stream);
      continue;
    }
    const kind = kindOf(stream.dictionary, resolve);
    if (kind === 'unclear') yield fault('format');
    if (kind !== 'picture' && kind !== 'file') continue;
    // Each byte is opened once, so that streams inside each other do not cost more than the file's size.
    if (stream.start < opened) {
      yield fault('decode');
      continue;
    }
    if (!budget.takeMember()) return yield fault('too-large');
    const { end, isCut } = endOf(bytes, stream, resolve);
    if (isCut) yield fault('decode');
    yield* openStream(bytes.subarray(stream.start, end), stream.dictionary, kind, { budget, resolve });
    opened = end;
  }
};

interface Stream {
  readonly dictionary: Dictionary;
  readonly start: number;
}

/** Streams, and the reasons why some are not read. Nothing is skipped, so that no object hides in another one. */
function* streamsIn(bytes: Uint8Array, objects: PdfObjects, budget: Budget): Generator<Stream | Fault> {
  /** Dictionaries before a word "stream", by its place. */
  const dictionaries = new Map<number, Dictionary[]>();
  const next = (text: string, from: number): number => {
    const at = find(bytes, text, from);
    return at < 0 ? bytes.length : at;
  };
  let [object, word] = [next('obj', 0), next('stream', 0)];
  while (object < bytes.length || word < bytes.length) {
    if (object < word) {
      const read = mayBeDictionary(bytes[object + 3]) ? objects.readAt(object + 3) : undefined;
      if (objects.isSpent) return yield 'too-large';
      if (read?.word === 'stream' && read.value instanceof Map) {
        const dictionary = read.value as Dictionary;
        dictionaries.set(read.wordAt, [...(dictionaries.get(read.wordAt) ?? []), dictionary]);
      }
      object = next('obj', object + 3);
    } else {
      const found = dictionaries.get(word) ?? [];
      dictionaries.delete(word);
      if ((found.length > 0 || isLineEnd(bytes, word + 6)) && !budget.takeStream()) return yield 'too-large';
      const start = word + 6 + (ascii(bytes, word + 6, word + 8) === '\r\n' ? 2 : 1);
      for (const dictionary of found) yield { dictionary, start };
      if (found.length === 0 && isLineEnd(bytes, word + 6) && followsDictionary(bytes, word)) yield 'format';
      word = next('stream', word + 6);
    }
  }
}

/** A dictionary follows, or what may be before it: space, a comment. */
function mayBeDictionary(byte: number | undefined): boolean {
  return byte !== undefined && (byte <= 0x20 || byte === 0x25 || byte === 0x3c);
}

function isLineEnd(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x0a || bytes[at] === 0x0d;
}

/** Whether a dictionary ends before the word at `at`, perhaps with comments between them. */
function followsDictionary(bytes: Uint8Array, at: number): boolean {
  const before = ascii(bytes, Math.max(0, at - 256), at);
  return /^[\s\0]*(%[^\r\n]*[\r\n][\s\0]*)*$/.test(before.slice(before.lastIndexOf('>>') + 2)) && before.includes('>>');
}

function endOf(bytes: Uint8Array, { dictionary, start }: Stream, resolve: Resolve): { end: number; isCut: boolean } {
  const stated = start + Number(resolve(dictionary.get('Length')));
  if (
    stated >= start &&
    ascii(bytes, stated, stated + 12)
      .trimStart()
      .startsWith('endstream')
  ) {
    return { end: stated, isCut: false };
  }
  const found = find(bytes, 'endstream', start);
  let end = found < 0 ? bytes.length : found;
  // One end of line before "endstream" is not part of the data.
  if (bytes[end - 1] === 0x0a) end -= 1;
  if (bytes[end - 1] === 0x0d) end -= 1;
  return { end: Math.max(start, end), isCut: found < 0 };
}

function kindOf(dictionary: Dictionary, resolve: Resolve): 'picture' | 'file' | 'other' | 'unclear' {
  const [type, subtype] = ['Type', 'Subtype'].map((name) => {
    return dictionary.has(name) ? (resolve(dictionary.get(name)) ?? 'unclear') : '';
  });
  if (subtype === '/Image') return 'picture';
  if (type === '/EmbeddedFile' || dictionary.has('Params')) return 'file';
  return subtype === 'unclear' || type === 'unclear' ? 'unclear' : 'other';
}

async function* openStream(
  packed: Uint8Array<ArrayBuffer>,
  dictionary: Dictionary,
  kind: 'picture' | 'file',
  { budget, resolve }: { budget: Budget; resolve: Resolve },
): AsyncGenerator<Found> {
  let data = packed;
  let held: Uint8Array<ArrayBuffer> | undefined; // an inflated copy
  const clear = (): unknown => held?.fill(0);
  for (const { filter, parameters } of filtersOf(dictionary, resolve)) {
    if (filter === '/DCTDecode') {
      // A decoder inverts CMYK by itself, so that only four pairs say what it does.
      const isPlain =
        decodeOf(dictionary, resolve) === 'plain' || listOf(dictionary.get('Decode'), resolve).length === 8;
      if (kind === 'picture' && !isPlain) yield fault('format');
      return yield { kind: 'bytes', bytes: data, isCopy: held !== undefined };
    }
    const inflated = filter === '/FlateDecode' ? await inflate(data, 'deflate', budget) : undefined;
    clear();
    if (!inflated) return yield fault('format');
    held = inflated.bytes;
    if (inflated.fault) yield fault(inflated.fault);
    const length = unpredict(held, predictorOf(parameters, resolve));
    if (length === undefined) {
      clear();
      return yield fault('format');
    }
    data = held.subarray(0, length);
  }
  if (kind === 'file') return yield { kind: 'bytes', bytes: data, isCopy: held !== undefined };
  const picture = pictureOf(data, dictionary, resolve);
  if (picture) return yield { kind: 'picture', picture, clear };
  clear();
  yield fault('format');
}

/** Each with its parameters; one that leads nowhere is not a filter that is opened. */
function filtersOf(dictionary: Dictionary, resolve: Resolve): { filter: Value; parameters: Value | undefined }[] {
  const parameters = listOf(dictionary.get('DecodeParms'), resolve);
  const filters = dictionary.has('Filter') ? listOf(dictionary.get('Filter'), resolve) : [];
  return filters.map((filter, i) => ({ filter: resolve(filter) ?? '', parameters: parameters[i] }));
}

function listOf(value: Value | undefined, resolve: Resolve): readonly Value[] {
  const found = resolve(value) ?? value;
  if (found === undefined || found === 'null') return [];
  return isList(found) ? found : [found];
}

/** NaN, which no predictor has, for what leads nowhere. */
function predictorOf(parameters: Value | undefined, resolve: Resolve): Predictor {
  const found = resolve(parameters);
  const number = (name: string, otherwise: number): number => {
    if (parameters === undefined || found === 'null') return otherwise;
    if (!(found instanceof Map)) return Number.NaN;
    const value = (found as Dictionary).get(name);
    return value === undefined ? otherwise : Number(resolve(value));
  };
  return {
    predictor: number('Predictor', 1),
    colors: number('Colors', 1),
    bits: number('BitsPerComponent', 8),
    columns: number('Columns', 1),
  };
}

/** The trailer, or the dictionary of a cross-reference stream, names the encryption; both are always plain. */
function isEncrypted(bytes: Uint8Array): boolean {
  let tries = 0;
  for (let at = 0; (at = find(bytes, '/Encrypt', at)) >= 0; at++) {
    tries += 1;
    if (/^\s*(<<|\d+\s+\d+\s+R)/.test(ascii(bytes, at + 8, at + 40)) || tries === ENCRYPTED_TRIES) return true;
  }
  return false;
}
