/**
 * Decodes bytes in every common way: URL encoding, JSON, hex, base32, base64, lists of numbers, gzip, deflate, Brotli, zip, and
 * any of these nested. It guesses; a wrong guess yields bytes without a hit. Depth and size are bounded, since an app may send
 * anything. Flow: searchablePlaces → here → search.ts. Spec: docs/design/audit.md#capture
 */
import { brotliDecompressSync, constants, inflateRawSync, inflateSync } from 'node:zlib';

export interface Decoding {
  /** The encodings that were removed, outermost first. */
  encodings: readonly string[];
  bytes: Uint8Array;
}

const MOST_DEPTH = 4;
/** Limit for all decodings of one input together, so that a decompression bomb cannot stop an audit. */
const MOST_BYTES = 128 * 1_048_576;
const MOST_UNPACKED = 32 * 1_048_576;
/** Shorter inputs cannot contain a hit. */
const LEAST_BYTES = 4;

export function* decodingsOf(bytes: Uint8Array): Generator<Decoding> {
  const queue: Decoding[] = [{ encodings: [], bytes }];
  const seen = new Set<string>();
  let total = 0;
  for (let view = queue.shift(); view; view = queue.shift()) {
    const text = Buffer.from(view.bytes).toString('latin1');
    if (view.bytes.length < LEAST_BYTES || seen.has(text)) continue;
    seen.add(text);
    total += view.bytes.length;
    if (total > MOST_BYTES) return;
    yield view;
    if (view.encodings.length >= MOST_DEPTH) continue;
    for (const { name, bytes: inner } of decodedOnce(view.bytes, text))
      queue.push({ encodings: [...view.encodings, name], bytes: inner });
  }
}

interface Decoded {
  name: string;
  bytes: Uint8Array;
}

function* decodedOnce(bytes: Uint8Array, text: string): Generator<Decoded> {
  yield* decompressed(bytes);
  if (/%[0-9a-f]{2}/i.test(text)) yield { name: 'URL encoding', bytes: latin1(fromPercent(text)) };
  if (/\\["\\/bfnrtu]/.test(text)) yield { name: 'JSON escapes', bytes: latin1(fromEscapes(text)) };
  if (/[\xc2\xc3][\x80-\xbf]/.test(text)) yield { name: 'bytes as text', bytes: bytesAsText(bytes) };
  for (const [run] of text.matchAll(/\d{1,3}(?:\s*,\s*\d{1,3}){7,}/g))
    yield { name: 'list of numbers', bytes: fromNumbers(run) };
  for (const [run] of text.matchAll(/(?:"\d+"\s*:\s*\d{1,3}\s*,?\s*){8,}/g))
    yield { name: 'object of numbers', bytes: fromNumbers(run.replaceAll(/"\d+"\s*:/g, '')) };
  for (const [run] of text.matchAll(/[0-9a-f]{2}(?:[:\s-]?[0-9a-f]{2}){7,}[0-9a-f]?/gi))
    yield* digits('hex', run.replaceAll(/[:\s-]/g, '').toLowerCase(), HEX);
  // As in mail and PEM files. A long text without lines would be tried at each of its letters.
  if (text.includes('\n')) {
    for (const [lines] of text.matchAll(/(?:[A-Za-z0-9+/]{40,76}\r?\n){2,}[A-Za-z0-9+/]*/g))
      yield { name: 'lines of base64', bytes: Buffer.from(lines, 'base64') };
  }
  // One case at a time: mixed case is more likely base64.
  for (const [run] of text.matchAll(/[a-z2-7]{13,}|[A-Z2-7]{13,}/g)) yield* digits('base32', run.toLowerCase(), BASE32);
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{11,}/g))
    yield* digits('base64', run.replaceAll('-', '+').replaceAll('_', '/'), BASE64);
}

const HEX = { alphabet: '0123456789abcdef', bits: 4, phases: 2 };
const BASE32 = { alphabet: 'abcdefghijklmnopqrstuvwxyz234567', bits: 5, phases: 8 };
const BASE64 = { alphabet: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', bits: 6, phases: 4 };

/** A run may begin with unrelated letters, so every phase is tried. */
function* digits(name: string, run: string, { alphabet, bits, phases }: typeof HEX): Generator<Decoded> {
  const values = Uint8Array.from(run, (digit) => Math.max(0, alphabet.indexOf(digit)));
  for (let phase = 0; phase < phases; phase++) {
    const out = new Uint8Array(Math.floor(((values.length - phase) * bits) / 8));
    let buffer = 0;
    let bitsHeld = 0;
    let at = 0;
    for (let i = phase; i < values.length; i++) {
      buffer = ((buffer << bits) | (values[i] ?? 0)) & 0xffff;
      bitsHeld += bits;
      if (bitsHeld < 8) continue;
      bitsHeld -= 8;
      out[at++] = (buffer >> bitsHeld) & 0xff;
    }
    yield { name, bytes: out };
  }
}

const SYNC = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MOST_UNPACKED };
const BROTLI = { finishFlush: constants.BROTLI_OPERATION_FLUSH, maxOutputLength: MOST_UNPACKED };

/** Finds streams with a header at any offset, and others at the start. A truncated stream is decompressed as far as possible. */
function* decompressed(bytes: Uint8Array): Generator<Decoded> {
  for (let at = 0; at + 2 < bytes.length; at++) {
    // As raw deflate after its header, which ignores trailing bytes.
    if (bytes[at] === 0x1f && bytes[at + 1] === 0x8b && bytes[at + 2] === 0x08)
      yield* attempt('gzip', () => inflateRawSync(bytes.subarray(at + gzipHeaderBytes(bytes.subarray(at))), SYNC));
    else if (isZipEntry(bytes, at))
      yield* attempt('zip', () => inflateRawSync(bytes.subarray(at + zipHeaderBytes(bytes, at)), SYNC));
    else if (isZlibHeader(bytes, at)) yield* attempt('deflate', () => inflateSync(bytes.subarray(at), SYNC));
  }
  yield* attempt('deflate', () => inflateRawSync(bytes, SYNC));
  yield* attempt('Brotli', () => brotliDecompressSync(bytes, BROTLI));
}

/** RFC 1952 §2.3: ten bytes, then the optional fields. */
function gzipHeaderBytes(bytes: Uint8Array): number {
  const flags = bytes[3] ?? 0;
  const afterZero = (from: number): number => bytes.indexOf(0, from) + 1 || bytes.length;
  let at = 10;
  if (flags & 0x04) at += 2 + ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
  if (flags & 0x08) at = afterZero(at);
  if (flags & 0x10) at = afterZero(at);
  return flags & 0x02 ? at + 2 : at;
}

/** PKWARE APPNOTE §4.3.7: a local file header with the method deflate. */
function isZipEntry(bytes: Uint8Array, at: number): boolean {
  return [0x50, 0x4b, 3, 4].every((value, i) => bytes[at + i] === value) && bytes[at + 8] === 8 && bytes[at + 9] === 0;
}

function zipHeaderBytes(bytes: Uint8Array, at: number): number {
  const uint16 = (offset: number): number => (bytes[at + offset] ?? 0) | ((bytes[at + offset + 1] ?? 0) << 8);
  return 30 + uint16(26) + uint16(28);
}

/** RFC 1950 §2.2: method 8 with a window of at most 32 KiB, no dictionary, and the check bits. */
function isZlibHeader(bytes: Uint8Array, at: number): boolean {
  const [method, flags] = [bytes[at] ?? 0, bytes[at + 1] ?? 0];
  return (method & 0x8f) === 8 && (flags & 0x20) === 0 && ((method << 8) | flags) % 31 === 0;
}

function attempt(name: string, unpack: () => Buffer): Decoded[] {
  const { stackTraceLimit } = Error;
  // Most guesses are wrong, and the stack of an error takes longer than to notice it.
  Error.stackTraceLimit = 0;
  try {
    return [{ name, bytes: unpack() }];
  } catch {
    // Not a stream of this format.
    return [];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function fromPercent(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function fromEscapes(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-f]{4})|(["\\/bfnrt]))/gi, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Bytes that were written as characters U+0000 to U+00FF in UTF-8. */
function bytesAsText(bytes: Uint8Array): Uint8Array {
  return latin1(new TextDecoder().decode(bytes));
}

function fromNumbers(run: string): Uint8Array {
  return Uint8Array.from(run.match(/\d+/g) ?? [], Number);
}

/** Characters above U+00FF represent no byte; their low byte is harmless. */
function latin1(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
