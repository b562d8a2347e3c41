/**
 * Reads and prints every JSON document: size limit, strict UTF-8, strict schema, and an error that names the place.
 * Flow: bytes of a signed target → here → a typed value. Spec: docs/design/contracts.md#errors
 */
import * as z from 'zod/mini';
import { fromUtf8, utf8 } from './bytes.ts';
import { LodestoneError } from './error.ts';

/** A document's name in errors, and its largest size in bytes. */
export interface DocumentKind {
  readonly what: string;
  readonly maxBytes: number;
}

/**
 * @throws {LodestoneError} `ERR_SIZE` over the limit; `ERR_SCHEMA` for bytes that are not UTF-8, not JSON, or do not match the schema.
 */
export function parseDocument<T>(schema: z.ZodMiniType<T>, bytes: Uint8Array, { what, maxBytes }: DocumentKind): T {
  if (bytes.length > maxBytes) {
    throw new LodestoneError('ERR_SIZE', `${what}: ${bytes.length} bytes, at most ${maxBytes} are allowed`);
  }
  let json: unknown;
  try {
    json = JSON.parse(fromUtf8(bytes));
  } catch (cause) {
    throw new LodestoneError('ERR_SCHEMA', `${what}: not a JSON document in UTF-8`, { cause });
  }
  return check(schema, json, what);
}

/** Checks a parsed value. @throws {LodestoneError} `ERR_SCHEMA`; the message names the place. */
export function check<T>(schema: z.ZodMiniType<T>, value: unknown, what: string): T {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const place = issue?.path.length ? ` at ${issue.path.map(String).join('.')}` : '';
  // zod/mini has no built-in messages. Authors see a misspelt key most often.
  const why = issue?.code === 'unrecognized_keys' ? `unknown key ${issue.keys.join(', ')}` : issue?.message;
  throw new LodestoneError('ERR_SCHEMA', `${what}${place}: ${why ?? 'does not match its schema'}`, {
    cause: result.error,
  });
}

/** Checks the value, then prints it with two-space indentation and a final newline: the form that authorities sign. */
export function printDocument<T>(schema: z.ZodMiniType<T>, value: T, kind: DocumentKind): Uint8Array<ArrayBuffer> {
  const bytes = utf8(`${JSON.stringify(check(schema, value, kind.what), null, 2)}\n`);
  if (bytes.length > kind.maxBytes) {
    throw new LodestoneError('ERR_SIZE', `${kind.what}: ${bytes.length} bytes, at most ${kind.maxBytes} are allowed`);
  }
  return bytes;
}
