/**
 * Everything that bytes could be when they are unwrapped: from URL encoding, JSON, hex, base32, base64, lists of numbers,
 * gzip, deflate, Brotli, and any of these within another. Flow: placesOf → here → search. It only guesses: a wrong guess is a
 * text in which nothing is found. Bounded in depth and size, since what it reads is anything that an app may send.
 */
import { brotliDecompressSync, constants, inflateRawSync, inflateSync } from 'node:zlib';

export interface View {
  /** How the bytes were unwrapped, outermost first. */
  form: readonly string[];
  bytes: Uint8Array;
}

const MOST_DEPTH = 4;
/** Of all views of one place together; a bomb must not stop an audit. */
const MOST_BYTES = 128 * 1_048_576;
const MOST_UNPACKED = 32 * 1_048_576;
/** What is shorter cannot hold what is looked for. */
const LEAST_BYTES = 4;

export function* viewsOf(bytes: Uint8Array): Generator<View> {
  const queue: View[] = [{ form: [], bytes }];
  const seen = new Set<string>();
  let total = 0;
  for (let view = queue.shift(); view; view = queue.shift()) {
    const text = Buffer.from(view.bytes).toString('latin1');
    if (view.bytes.length < LEAST_BYTES || seen.has(text)) continue;
    seen.add(text);
    total += view.bytes.length;
    if (total > MOST_BYTES) return;
    yield view;
    if (view.form.length >= MOST_DEPTH) continue;
    for (const { name, bytes: inner } of unwrapped(view.bytes, text))
      queue.push({ form: [...view.form, name], bytes: inner });
  }
}

interface Unwrapped {
  name: string;
  bytes: Uint8Array;
}

function* unwrapped(bytes: Uint8Array, text: string): Generator<Unwrapped> {
  yield* unpacked(bytes);
  if (/%[0-9a-f]{2}/i.test(text)) yield { name: 'URL encoding', bytes: latin1(fromPercent(text)) };
  if (/\\["\\/bfnrtu]/.test(text)) yield { name: 'JSON escapes', bytes: latin1(fromEscapes(text)) };
  if (/[\xc2\xc3][\x80-\xbf]/.test(text)) yield { name: 'bytes as text', bytes: bytesAsText(bytes) };
  for (const [run] of text.matchAll(/\d{1,3}(?:\s*,\s*\d{1,3}){7,}/g))
    yield { name: 'list of numbers', bytes: fromNumbers(run) };
  for (const [run] of text.matchAll(/(?:"\d+"\s*:\s*\d{1,3}\s*,?\s*){8,}/g))
    yield { name: 'object of numbers', bytes: fromNumbers(run.replaceAll(/"\d+"\s*:/g, '')) };
  for (const [run] of text.matchAll(/[0-9a-f]{2}(?:[:\s-]?[0-9a-f]{2}){7,}[0-9a-f]?/gi))
    yield* digits('hex', run.replaceAll(/[:\s-]/g, '').toLowerCase(), HEX);
  // In one case, as it is written; in both it would be every other piece of base64.
  for (const [run] of text.matchAll(/[a-z2-7]{13,}|[A-Z2-7]{13,}/g)) yield* digits('base32', run.toLowerCase(), BASE32);
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{11,}/g))
    yield* digits('base64', run.replaceAll('-', '+').replaceAll('_', '/'), BASE64);
}

const HEX = { alphabet: '0123456789abcdef', bits: 4, phases: 2 };
const BASE32 = { alphabet: 'abcdefghijklmnopqrstuvwxyz234567', bits: 5, phases: 8 };
const BASE64 = { alphabet: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', bits: 6, phases: 4 };

/** A run may begin with other letters than those of the encoding, so each phase is tried. */
function* digits(name: string, run: string, { alphabet, bits, phases }: typeof HEX): Generator<Unwrapped> {
  const values = Uint8Array.from(run, (digit) => Math.max(0, alphabet.indexOf(digit)));
  for (let phase = 0; phase < phases; phase++) {
    const out = new Uint8Array(Math.floor(((values.length - phase) * bits) / 8));
    let held = 0;
    let holds = 0;
    let at = 0;
    for (let i = phase; i < values.length; i++) {
      held = ((held << bits) | (values[i] ?? 0)) & 0xffff;
      holds += bits;
      if (holds < 8) continue;
      holds -= 8;
      out[at++] = (held >> holds) & 0xff;
    }
    yield { name, bytes: out };
  }
}

const SYNC = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MOST_UNPACKED };
const BROTLI = { finishFlush: constants.BROTLI_OPERATION_FLUSH, maxOutputLength: MOST_UNPACKED };

/** Streams with a head are looked for anywhere; those without at the start. What is cut off is unpacked as far as it goes. */
function* unpacked(bytes: Uint8Array): Generator<Unwrapped> {
  for (let at = 0; at + 2 < bytes.length; at++) {
    // Past its head as raw deflate, which does not mind what follows.
    if (bytes[at] === 0x1f && bytes[at + 1] === 0x8b && bytes[at + 2] === 0x08)
      yield* tried('gzip', () => inflateRawSync(bytes.subarray(at + gzipHeadBytes(bytes.subarray(at))), SYNC));
    else if (isZlibHead(bytes, at)) yield* tried('deflate', () => inflateSync(bytes.subarray(at), SYNC));
  }
  yield* tried('deflate', () => inflateRawSync(bytes, SYNC));
  yield* tried('Brotli', () => brotliDecompressSync(bytes, BROTLI));
}

/** RFC 1952 §2.3: ten octets, then what its flags announce. */
function gzipHeadBytes(bytes: Uint8Array): number {
  const flags = bytes[3] ?? 0;
  const afterZero = (from: number): number => bytes.indexOf(0, from) + 1 || bytes.length;
  let at = 10;
  if (flags & 0x04) at += 2 + ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
  if (flags & 0x08) at = afterZero(at);
  if (flags & 0x10) at = afterZero(at);
  return flags & 0x02 ? at + 2 : at;
}

/** RFC 1950 §2.2: method 8 with a window of at most 32 KiB, no dictionary, and a check over both octets. */
function isZlibHead(bytes: Uint8Array, at: number): boolean {
  const [method, flags] = [bytes[at] ?? 0, bytes[at + 1] ?? 0];
  return (method & 0x8f) === 8 && (flags & 0x20) === 0 && ((method << 8) | flags) % 31 === 0;
}

function* tried(name: string, unpack: () => Buffer): Generator<Unwrapped> {
  try {
    yield { name, bytes: unpack() };
  } catch {
    // It was no such stream.
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

/** Bytes that were written as characters U+0000 to U+00FF, and these as UTF-8. */
function bytesAsText(bytes: Uint8Array): Uint8Array {
  return latin1(new TextDecoder().decode(bytes));
}

function fromNumbers(run: string): Uint8Array {
  return Uint8Array.from(run.match(/\d+/g) ?? [], Number);
}

/** Characters above U+00FF stand for no byte; their low octet does no harm. */
function latin1(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
