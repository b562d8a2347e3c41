/**
 * PDF: the pictures and attached files in it, found by their streams. Flow: scanner/inside → here → each one's bytes or samples.
 * Promise: an encrypted document, and a picture behind a filter that is not opened (JPX, JBIG2, fax, LZW, ASCII), are faults. Pages are
 * not drawn, and inline pictures are not looked for. Spec: ISO 32000-1 §7.3.8, §7.4, §8.9
 */
import { LIMITS } from '@lodestone/protocol/limits';
import { ascii } from '../decode/byte-reader.ts';
import { type Budget, fault, type Found, type OpenContainer } from './container.ts';
import { inflate } from './inflate.ts';
import { type DictionaryOf, pictureOf } from './pdf-picture.ts';

/** A dictionary before its stream; with a palette in hex it has some 2 kB. */
const DICTIONARY_BYTES = 8_192;

export const openPdf: OpenContainer = async function* (bytes, budget) {
  if (isEncrypted(bytes)) return yield fault('format');
  const lookUp = lookUpIn(bytes);
  for (let at = 0; (at = find(bytes, 'stream', at)) >= 0;) {
    if (!followsDictionary(bytes, at)) {
      at += 6;
      continue;
    }
    if (!budget.takeStream()) return yield fault('too-large');
    const stream = readStream(bytes, at);
    const kind = kindOf(stream.dictionary);
    if (kind) {
      if (!budget.takeMember()) return yield fault('too-large');
      if (stream.isCut) yield fault('decode');
      yield* openStream(bytes, stream, kind, { budget, lookUp });
    }
    at = stream.end;
  }
};

interface Stream {
  readonly dictionary: string;
  readonly start: number;
  readonly end: number;
  readonly isCut: boolean;
}

/** Whether the word at `at` begins a stream: a dictionary ends before it. */
function followsDictionary(bytes: Uint8Array, at: number): boolean {
  return ascii(bytes, Math.max(0, at - 8), at)
    .trimEnd()
    .endsWith('>>');
}

/** @param at where the word "stream" is */
function readStream(bytes: Uint8Array, at: number): Stream {
  const dictionary = ascii(bytes, objectBefore(bytes, at), at);
  const start = at + 6 + (ascii(bytes, at + 6, at + 8) === '\r\n' ? 2 : 1);
  const stated = Number(/\/Length\s+(\d+)(?!\s+\d+\s+R)/.exec(dictionary)?.[1] ?? -1);
  if (
    stated >= 0 &&
    ascii(bytes, start + stated, start + stated + 12)
      .trimStart()
      .startsWith('endstream')
  )
    return { dictionary, start, end: start + stated, isCut: false };
  const found = find(bytes, 'endstream', start);
  let end = found < 0 ? bytes.length : found;
  // One end of line before "endstream" is not part of the data.
  if (bytes[end - 1] === 0x0a) end -= 1;
  if (bytes[end - 1] === 0x0d) end -= 1;
  return { dictionary, start, end: Math.max(start, end), isCut: found < 0 };
}

function kindOf(dictionary: string): 'picture' | 'file' | undefined {
  if (/\/Subtype\s*\/Image\b/.test(dictionary)) return 'picture';
  return /\/Type\s*\/EmbeddedFile\b/.test(dictionary) ? 'file' : undefined;
}

async function* openStream(
  bytes: Uint8Array<ArrayBuffer>,
  { dictionary, start, end }: Stream,
  kind: 'picture' | 'file',
  { budget, lookUp }: { budget: Budget; lookUp: DictionaryOf },
): AsyncGenerator<Found> {
  let data = bytes.subarray(start, end);
  let isCopy = false;
  for (const filter of filtersOf(dictionary)) {
    if (filter === 'DCTDecode') return yield { kind: 'bytes', bytes: data, isCopy };
    if (filter !== 'FlateDecode') return yield* closed(data, isCopy);
    const inflated = await inflate(data, 'deflate', budget);
    if (isCopy) data.fill(0);
    [data, isCopy] = [inflated.bytes, true];
    if (inflated.fault) yield fault(inflated.fault);
  }
  if (kind === 'file') return yield { kind: 'bytes', bytes: data, isCopy };
  const picture = pictureOf(data, dictionary, lookUp);
  if (!picture) return yield* closed(data, isCopy);
  const held = data;
  yield { kind: 'picture', picture, clear: () => isCopy && held.fill(0) };
}

function* closed(data: Uint8Array, isCopy: boolean): Generator<Found> {
  if (isCopy) data.fill(0);
  yield fault('format');
}

function filtersOf(dictionary: string): string[] {
  const [, list = ''] = /\/Filter\s*(\[[^\]]*\]|\/\w+)/.exec(dictionary) ?? [];
  return list.match(/\w+/g) ?? [];
}

/** Where the object begins whose dictionary ends at `end`: after its " obj". */
function objectBefore(bytes: Uint8Array, end: number): number {
  const first = Math.max(0, end - DICTIONARY_BYTES);
  for (let at = end; (at = bytes.lastIndexOf(0x6f, at - 1)) >= first && at > 0;) {
    if (ascii(bytes, at, at + 3) === 'obj' && ascii(bytes, at - 3, at) !== 'end') return at + 3;
  }
  return first;
}

/** Finds an object that is not inside an object stream. The first question reads where all of them are. */
function lookUpIn(bytes: Uint8Array): DictionaryOf {
  let objects: Map<string, number> | undefined;
  return (reference) => {
    objects ??= objectsIn(bytes);
    const at = objects.get(reference);
    return at === undefined ? undefined : ascii(bytes, at, at + DICTIONARY_BYTES).split('endobj')[0];
  };
}

/** By number and generation: "12 0". */
function objectsIn(bytes: Uint8Array): Map<string, number> {
  const objects = new Map<string, number>();
  for (let at = 0; (at = find(bytes, ' obj', at)) >= 0 && objects.size < LIMITS.pdfStreams; at += 4) {
    const [reference] = /\d+ \d+$/.exec(ascii(bytes, Math.max(0, at - 20), at)) ?? [];
    if (reference) objects.set(reference, at);
  }
  return objects;
}

/** The trailer, or the dictionary of a cross-reference stream, names the encryption; both are always plain. */
function isEncrypted(bytes: Uint8Array): boolean {
  for (let at = 0; (at = find(bytes, '/Encrypt', at)) >= 0; at++) {
    if (/^\/Encrypt\s*(<<|\d+\s+\d+\s+R)/.test(ascii(bytes, at, at + 40))) return true;
  }
  return false;
}

function find(bytes: Uint8Array, text: string, from: number): number {
  const first = text.charCodeAt(0);
  for (let at = from; (at = bytes.indexOf(first, at)) >= 0; at++) {
    let same = 1;
    while (same < text.length && bytes[at + same] === text.charCodeAt(same)) same += 1;
    if (same === text.length) return at;
  }
  return -1;
}
