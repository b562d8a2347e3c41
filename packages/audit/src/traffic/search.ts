/**
 * Searches recorded traffic for the corpus. Promise: finds any 16 consecutive bytes of a file, any 8 of a hash, and every PDQ
 * hash within 31 bits, in every encoding of decodings.ts. Runs of nearly equal bytes, and what unrelated pictures share
 * (shared-ranges.ts), are left out. Flow: searched-places.ts, corpus → here → claims. Spec: docs/design/audit.md#capture
 */
import type { Canary, CorpusFile } from './corpus.ts';
import { type Decoding, decodingsOf } from './decodings.ts';
import { type Range, sharedRanges } from './pictures/shared-ranges.ts';
import type { Hit } from './hits.ts';
import type { SearchedPlace } from './searched-places.ts';

/** Bytes that are looked up together. */
const WINDOW = 8;
/** With every ninth window indexed, each run of 16 bytes contains an indexed one. */
const CONTENT_STEP = 9;
/** A window with fewer different bytes occurs anywhere. */
const LEAST_DIFFERENT = 5;
/** Text in a file's header (format, program) occurs in unrelated requests too, so a longer run is required. */
const LEAST_TEXT = 32;
const LEAST_RUN = 8;
/** Bits: the largest distance of a match in an order. Spec: docs/design/hashing.md#matching */
const PDQ_DISTANCE = 31;
/** A hash with fewer or more bits set resembles every empty buffer. */
const PDQ_BITS = { least: 64, most: 192 };

export interface Search {
  /** @param views the decodings of its bytes, if they are known */
  in(place: SearchedPlace, views?: Iterable<Decoding>): Hit[];
}

export function searchFor(corpus: readonly CorpusFile[], canaries: readonly Canary[]): Search {
  const sources = sourcesOf(corpus, canaries);
  const index = indexOf(sources);
  const pdq = corpus.flatMap((file) =>
    (file.look?.pdq ?? []).filter(isDistinctive).map((hash) => ({ file: file.name, words: wordsOf(hash) })),
  );
  const scores = canaries.flatMap((canary) =>
    canary.kind === 'score' ? [{ label: canary.text, ...formsOfScore(canary.score) }] : [],
  );
  const words = canaries.filter((canary) => canary.kind === 'text');
  return {
    in({ sent, place, bytes }, views = decodingsOf(bytes)) {
      const hits = new Map<string, Hit>();
      const add = (encodings: readonly string[], what: Hit['what'], subject: string, description: string): void => {
        const hit = { sent, location: [place, ...encodings].join(', '), what, subject, description };
        // The least encoded form of a hit comes first; later ones are the same hit.
        if (!hits.has(description)) hits.set(description, hit);
      };
      for (const view of views) {
        for (const run of runsIn(view.bytes, sources, index)) add(view.encodings, run.what, run.subject, run.label);
        for (const { file, distance } of pdqIn(view.bytes, pdq))
          add(view.encodings, 'hash', file, `PDQ hash of ${file}${distance > 0 ? `, ${distance} bits away` : ''}`);
        const buffer = Buffer.from(view.bytes.buffer, view.bytes.byteOffset, view.bytes.length);
        for (const { label, bytes: forms, text } of scores) {
          if (forms.some((form) => buffer.includes(form)) || buffer.includes(text))
            add(view.encodings, 'score', label, `score ${label}`);
        }
        for (const { bytes: word, text: label } of words)
          if (buffer.includes(word)) add(view.encodings, 'canary', label, `"${label}"`);
      }
      return [...hits.values()];
    },
  };
}

interface Source {
  what: Hit['what'];
  /** The file or the canary. */
  subject: string;
  label: string;
  bytes: Uint8Array;
  step: number;
  /** Parts that unrelated files share; they are not looked for. */
  shared: readonly Range[];
}

function sourcesOf(corpus: readonly CorpusFile[], canaries: readonly Canary[]): Source[] {
  return [
    ...corpus.flatMap(({ name, bytes, hashes }): Source[] => [
      ...hashes.map((hash) => ({
        what: 'hash' as const,
        subject: name,
        label: `${hash.name} of ${name}`,
        bytes: hash.bytes,
        step: 1,
        shared: [],
      })),
      { what: 'content', subject: name, label: name, bytes, step: CONTENT_STEP, shared: sharedRanges(bytes) },
    ]),
    ...canaries.flatMap((canary): Source[] =>
      canary.kind === 'hex'
        ? [{ what: 'canary', subject: canary.text, label: canary.text, bytes: canary.bytes, step: 1, shared: [] }]
        : [],
    ),
  ];
}

/** Open hash table: window → source and offset. */
interface Index {
  mask: number;
  /** Source + 1; 0 is a free slot. */
  source: Uint32Array;
  offset: Uint32Array;
}

function indexOf(sources: readonly Source[]): Index {
  const windows = sources.reduce((sum, { bytes, step }) => sum + Math.ceil(bytes.length / step), 0);
  const size = 2 ** Math.max(10, Math.ceil(Math.log2(windows * 2)));
  const index = { mask: size - 1, source: new Uint32Array(size), offset: new Uint32Array(size) };
  for (const [i, { bytes, step, shared }] of sources.entries()) {
    for (let at = 0; at + WINDOW <= bytes.length; at += step) {
      if (differentIn(bytes, at) < LEAST_DIFFERENT) continue;
      if (shared.some(({ from, to }) => at < to && at + WINDOW > from)) continue;
      let slot = hashAt(bytes, at) & index.mask;
      while (index.source[slot] !== 0) slot = (slot + 1) & index.mask;
      index.source[slot] = i + 1;
      index.offset[slot] = at;
    }
  }
  return index;
}

function differentIn(bytes: Uint8Array, at: number): number {
  let different = 0;
  for (let i = at; i < at + WINDOW; i++) {
    let first = true;
    for (let j = at; j < i && first; j++) first = bytes[j] !== bytes[i];
    if (first) different++;
  }
  return different;
}

/** FNV-1a with a final mix, since its low bits choose the slot. */
function hashAt(bytes: Uint8Array, at: number): number {
  let hash = 0x811c9dc5;
  for (let i = at; i < at + WINDOW; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function* runsIn(
  bytes: Uint8Array,
  sources: readonly Source[],
  { mask, source, offset }: Index,
): Generator<Pick<Source, 'what' | 'subject' | 'label'>> {
  for (let at = 0; at + WINDOW <= bytes.length; at++) {
    for (let slot = hashAt(bytes, at) & mask; source[slot] !== 0; slot = (slot + 1) & mask) {
      const found = sources[(source[slot] ?? 0) - 1];
      const from = offset[slot] ?? 0;
      const run = found && runAround(bytes, at, found.bytes, from);
      if (!found || !run || run.length < LEAST_RUN) continue;
      if (run.length < LEAST_TEXT && isText(bytes.subarray(run.at, run.at + run.length)) && found.what === 'content')
        continue;
      const label =
        found.what === 'content'
          ? `${run.length.toLocaleString('en')} bytes of ${found.label}, from offset ${run.from.toLocaleString('en')}`
          : found.label;
      yield { what: found.what, subject: found.subject, label };
      at = Math.max(at, run.at + run.length - WINDOW);
      break;
    }
  }
}

/** The longest equal run around the window; length 0 if the window itself differs. */
function runAround(
  bytes: Uint8Array,
  at: number,
  known: Uint8Array,
  from: number,
): { at: number; from: number; length: number } {
  let before = 0;
  while (before < at && before < from && bytes[at - before - 1] === known[from - before - 1]) before++;
  let after = 0;
  while (at + after < bytes.length && from + after < known.length && bytes[at + after] === known[from + after]) after++;
  return after < WINDOW ? { at, from, length: 0 } : { at: at - before, from: from - before, length: before + after };
}

function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

function isDistinctive(hash: Uint8Array): boolean {
  const bits = [...hash].reduce((sum, byte) => sum + bitsIn(byte), 0);
  return bits >= PDQ_BITS.least && bits <= PDQ_BITS.most;
}

function wordsOf(hash: Uint8Array): Uint32Array {
  const view = new DataView(hash.buffer, hash.byteOffset, hash.length);
  return Uint32Array.from({ length: 8 }, (_, i) => view.getUint32(4 * i));
}

/** Each offset is compared with each hash. */
function* pdqIn(
  bytes: Uint8Array,
  hashes: readonly { file: string; words: Uint32Array }[],
): Generator<{ file: string; distance: number }> {
  const all = Uint32Array.from(hashes.flatMap(({ words }) => [...words]));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + 32 <= bytes.length && all.length > 0; at++) {
    for (let from = 0; from < all.length; from += 8) {
      from = nextNear(view, at, all, from);
      const file = hashes[from / 8]?.file;
      if (file !== undefined) yield { file, distance: distanceAt(view, at, all, from) };
    }
  }
}

/** The first hash from this one on that is within the distance; the end of all if there is none. Not a generator, for speed. */
function nextNear(view: DataView, at: number, all: Uint32Array, from: number): number {
  const first = view.getUint32(at);
  const second = view.getUint32(at + 4);
  for (let hash = from; hash < all.length; hash += 8) {
    // Two words exceed the distance in half of all cases.
    if (bitsIn(first ^ (all[hash] ?? 0)) + bitsIn(second ^ (all[hash + 1] ?? 0)) > PDQ_DISTANCE) continue;
    if (distanceAt(view, at, all, hash) <= PDQ_DISTANCE) return hash;
  }
  return all.length;
}

/** Stops at the word that exceeds the distance of a match. */
function distanceAt(view: DataView, at: number, all: Uint32Array, hash: number): number {
  let distance = 0;
  for (let i = 0; i < 8 && distance <= PDQ_DISTANCE; i++)
    distance += bitsIn(view.getUint32(at + 4 * i) ^ (all[hash + i] ?? 0));
  return distance;
}

function bitsIn(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** As a program would write it: text with 5 digits, or a float of 4 or 8 bytes in either byte order. */
function formsOfScore(score: number): { text: string; bytes: Uint8Array[] } {
  const bytes = [4, 8].flatMap((size) =>
    [true, false].map((littleEndian) => {
      const view = new DataView(new ArrayBuffer(size));
      if (size === 4) view.setFloat32(0, score, littleEndian);
      else view.setFloat64(0, score, littleEndian);
      return new Uint8Array(view.buffer);
    }),
  );
  // Truncated, since more digits may follow. The leading zero is optional.
  return { text: String(score).slice(1, 7), bytes };
}
