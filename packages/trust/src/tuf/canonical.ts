/**
 * Canonical JSON as TUF signs it: sorted keys, no whitespace, integers only, only `"` and `\` escaped. Our profile also
 * publishes metadata in this form, so no byte can change unnoticed.
 * Spec: docs/design/signed-inputs.md#tuf-client, TUF 1.0 §4.1, OLPC Canonical JSON
 */
import { utf8 } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';

/** TUF metadata never nests this deep. Limits the recursion on untrusted input. */
const MAX_DEPTH = 16;

/** @throws {LodestoneError} `ERR_TRUST_METADATA` for a value without canonical form, such as a fraction or deep nesting. */
export function canonicalJson(value: unknown): Uint8Array<ArrayBuffer> {
  return utf8(encode(value, 0));
}

function encode(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw noForm(`nested deeper than ${MAX_DEPTH}`);
  if (typeof value === 'string') return encodeString(value);
  if (typeof value === 'boolean' || value === null || Number.isSafeInteger(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => encode(item, depth + 1)).join(',')}]`;
  if (typeof value === 'object') {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([key, item]) => `${encodeString(key)}:${encode(item, depth + 1)}`).join(',')}}`;
  }
  throw noForm(`a ${typeof value} is not an integer, string, boolean, null, array or object`);
}

function encodeString(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function noForm(why: string): LodestoneError<'ERR_TRUST_METADATA'> {
  return new LodestoneError('ERR_TRUST_METADATA', `not canonical JSON: ${why}`);
}
