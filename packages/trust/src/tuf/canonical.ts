/**
 * Canonical JSON as TUF signs it: keys sorted, no whitespace, integers only, only `"` and `\` escaped.
 * Our profile also publishes metadata in this form, so that every byte matters. Spec: TUF 1.0 §4.1; OLPC Canonical JSON.
 */
import { utf8 } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';

/** Nesting that TUF metadata never reaches: bounds what a stranger's bytes can make this recursion do. */
const MAX_DEPTH = 16;

/** @throws {LodestoneError} `ERR_TRUST_METADATA` for a value without canonical form: a fraction, nesting without end. */
export function canonicalJson(value: unknown): Uint8Array<ArrayBuffer> {
  return utf8(encode(value, 0));
}

function encode(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw noForm('nested too deep');
  if (typeof value === 'string') return encodeString(value);
  if (typeof value === 'boolean' || value === null || Number.isSafeInteger(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => encode(item, depth + 1)).join(',')}]`;
  if (typeof value === 'object') {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([key, item]) => `${encodeString(key)}:${encode(item, depth + 1)}`).join(',')}}`;
  }
  throw noForm(`a ${typeof value} that is no integer, text, list or object`);
}

function encodeString(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function noForm(why: string): LodestoneError<'ERR_TRUST_METADATA'> {
  return new LodestoneError('ERR_TRUST_METADATA', `no canonical JSON: ${why}`);
}
