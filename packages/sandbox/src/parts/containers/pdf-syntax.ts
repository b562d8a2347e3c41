/**
 * Reads the objects of a PDF: numbers, names, strings, arrays, dictionaries and references, with comments between them.
 * Flow: pdf → here. Promise: what is read is what a reader of PDF reads, or nothing. Spec: ISO 32000-1 §7.2, §7.3
 */
import { ascii, uint8 } from '../../decode/byte-reader.ts';

/** Names with their slash, and `true`, `false`, `null`, are text; strings are bytes. */
export type Value = number | string | Uint8Array | readonly Value[] | Dictionary | Reference;
/** By name, without its slash. */
export type Dictionary = ReadonlyMap<string, Value>;

/** To the object with this number and generation ("12 0"). */
export class Reference {
  readonly object: string;
  constructor(object: string) {
    this.object = object;
  }
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** An object, the word behind it ("endobj", "stream"), and where that word begins. */
export interface ReadObject {
  readonly value: Value;
  readonly word: string;
  readonly wordAt: number;
}

const DEPTH = 32;
const SPACE = '\0\t\n\f\r ';
const DELIMITERS = '()<>[]{}/%';
const isIn = (characters: string): readonly boolean[] =>
  Array.from({ length: 256 }, (_, byte) => characters.includes(String.fromCharCode(byte)));
const isSpace = isIn(SPACE);
const endsWord = isIn(SPACE + DELIMITERS);
/** No word or name of a PDF that matters is longer. */
const WORD_BYTES = 256;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** A closing bracket, or a word. */
class Mark {
  readonly text: string;
  readonly at: number;
  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }
}

/** Reads one object. `at` is then how far it read, also if there was none. */
export class ObjectReader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** @param at behind the word "obj" */
  read(): ReadObject | undefined {
    const read = this.#items(undefined, 0);
    const [value] = read?.items ?? [];
    if (!read || value === undefined || read.items.length > 1) return undefined;
    return { value, word: read.end.text, wordAt: read.end.at };
  }

  /** Up to a closing bracket; or, without one, to the first word. */
  #items(close: string | undefined, depth: number): { items: Value[]; end: Mark } | undefined {
    const items: Value[] = [];
    for (;;) {
      const token = this.#token(depth);
      if (token === undefined) return undefined;
      if (!(token instanceof Mark)) items.push(token);
      else if (token.text === 'R') {
        const [object, generation] = items.splice(-2);
        if (typeof object !== 'number' || typeof generation !== 'number') return undefined;
        items.push(new Reference(`${object} ${generation}`));
      } else if (token.text === close || (close === undefined && ![']', '>>'].includes(token.text))) {
        return { items, end: token };
      } else return undefined;
    }
  }

  #token(depth: number): Value | Mark | undefined {
    this.#skipSpace();
    const at = this.at;
    const byte = uint8(this.#bytes, at);
    if (depth > DEPTH || at >= this.#bytes.length) return undefined;
    if (!endsWord[byte]) return this.#word();
    const isDouble = (byte === 0x3c || byte === 0x3e) && this.#bytes[at + 1] === byte;
    this.at += isDouble ? 2 : 1;
    switch (String.fromCharCode(byte)) {
      case '/':
        return `/${this.#text().replaceAll(/#([\dA-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))}`;
      case '(':
        return this.#string();
      case '<':
        return isDouble ? dictionaryOf(this.#items('>>', depth + 1)?.items) : this.#hex();
      case '>':
        return isDouble ? new Mark('>>', at) : undefined;
      case '[':
        return this.#items(']', depth + 1)?.items;
      case ']':
        return new Mark(']', at);
      default:
        return undefined;
    }
  }

  #skipSpace(): void {
    let isComment = false;
    for (; this.at < this.#bytes.length; this.at++) {
      const byte = uint8(this.#bytes, this.at);
      if (byte === 0x0a || byte === 0x0d) isComment = false;
      else if (byte === 0x25) isComment = true;
      else if (!isComment && !isSpace[byte]) return;
    }
  }

  #word(): Value | Mark {
    const at = this.at;
    const text = this.#text();
    if (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)) return Number(text);
    return ['true', 'false', 'null'].includes(text) ? text : new Mark(text, at);
  }

  #text(): string {
    const start = this.at;
    while (this.at < this.#bytes.length && !endsWord[uint8(this.#bytes, this.at)]) this.at += 1;
    return ascii(this.#bytes, start, Math.min(this.at, start + WORD_BYTES));
  }

  #string(): Uint8Array | undefined {
    const characters: number[] = [];
    for (let open = 1; this.at < this.#bytes.length;) {
      const byte = uint8(this.#bytes, this.at++);
      if (byte === 0x28) open += 1;
      if (byte === 0x29 && --open === 0) return Uint8Array.from(characters);
      if (byte === 0x5c) characters.push(...this.#escaped());
      else characters.push(byte);
    }
    return undefined;
  }

  #escaped(): number[] {
    const three = ascii(this.#bytes, this.at, this.at + 3);
    const [found = ''] = /^(\r\n|[0-7]{1,3}|[^]|$)/.exec(three) ?? [];
    this.at += found.length;
    if (found === '' || /[\r\n]/.test(found)) return [];
    return [/[0-7]/.test(found) ? Number.parseInt(found, 8) & 0xff : (ESCAPES[found] ?? found).charCodeAt(0)];
  }

  #hex(): Uint8Array | undefined {
    const end = this.#bytes.indexOf(0x3e, this.at);
    if (end < 0) {
      this.at = this.#bytes.length;
      return undefined;
    }
    const digits = new TextDecoder('latin1').decode(this.#bytes.subarray(this.at, end)).replaceAll(/[\s\0]/g, '');
    this.at = end + 1;
    if (/[^\dA-Fa-f]/.test(digits)) return undefined;
    return Uint8Array.from(digits.match(/..?/g) ?? [], (two) => Number.parseInt(two.padEnd(2, '0'), 16));
  }
}

/** Readers disagree about a name that occurs twice, so that it leads nowhere. */
function dictionaryOf(items: readonly Value[] | undefined): Dictionary | undefined {
  if (!items || items.length % 2 !== 0) return undefined;
  const dictionary = new Map<string, Value>();
  for (let i = 0; i < items.length; i += 2) {
    const [name, value] = [items[i], items[i + 1]];
    if (typeof name !== 'string' || !name.startsWith('/') || value === undefined) return undefined;
    dictionary.set(name.slice(1), dictionary.has(name.slice(1)) ? new Reference('') : value);
  }
  return dictionary;
}
