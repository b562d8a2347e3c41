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
  /** The only value of `schema` that this release reads, for errors. */
  readonly schema?: string;
}

/**
 * @throws {LodestoneError} `ERR_SIZE` over the limit; `ERR_SCHEMA` for bytes that are not UTF-8, not JSON, or do not match the schema.
 */
export function parseDocument<T>(schema: z.ZodMiniType<T>, bytes: Uint8Array, kind: DocumentKind): T {
  const { what, maxBytes } = kind;
  if (bytes.length > maxBytes) {
    throw new LodestoneError('ERR_SIZE', `${what}: ${bytes.length} bytes, at most ${maxBytes} are allowed`);
  }
  let json: unknown;
  try {
    json = JSON.parse(fromUtf8(bytes));
  } catch (cause) {
    throw new LodestoneError('ERR_SCHEMA', `${what}: not a JSON document in UTF-8`, { cause });
  }
  return checkKind(schema, json, kind);
}

/** Checks a parsed value. @throws {LodestoneError} `ERR_SCHEMA`; the message names the place. */
export function check<T>(schema: z.ZodMiniType<T>, value: unknown, what: string): T {
  return checkKind(schema, value, { what });
}

/** Checks a parsed document. The message also names the schema version, because a key of another version is unknown here. */
export function checkKind<T>(
  schema: z.ZodMiniType<T>,
  value: unknown,
  { what, schema: version }: Pick<DocumentKind, 'what' | 'schema'>,
): T {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const { path, why } = explain(result.error.issues);
  const place = path.length ? ` at ${path.map(String).join('.')}` : '';
  const fix = version === undefined ? '' : `. This release reads ${version}: write the document for that version`;
  throw new LodestoneError('ERR_SCHEMA', `${what}${place}: ${why}${fix}`, { cause: result.error });
}

/** zod/mini has no built-in messages. Authors see an unknown key most often: an older name, or a misspelling. */
function explain(issues: readonly z.core.$ZodIssue[]): { path: PropertyKey[]; why: string } {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue?.code === 'unrecognized_keys') return { path: issue.path, why: `unknown key ${issue.keys.join(', ')}` };
  const branch = issue?.code === 'invalid_union' ? meantBranch(issue.errors) : undefined;
  if (issue && branch) {
    const { path, why } = explain(branch);
    return { path: [...issue.path, ...path], why };
  }
  return { path: issue?.path ?? [], why: issue?.message ?? 'does not match its schema' };
}

/** The only branch of a union whose literals, such as `kind`, match the value. */
function meantBranch(branches: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  const meant = branches.filter(
    (issues) => !issues.some(({ code, path }) => code === 'invalid_value' && path.length === 1),
  );
  return meant.length === 1 ? meant[0] : undefined;
}

/** Checks the value, then prints it with two-space indentation and a final newline: the form that authorities sign. */
export function printDocument<T>(schema: z.ZodMiniType<T>, value: T, kind: DocumentKind): Uint8Array<ArrayBuffer> {
  const bytes = utf8(`${JSON.stringify(checkKind(schema, value, kind), null, 2)}\n`);
  if (bytes.length > kind.maxBytes) {
    throw new LodestoneError('ERR_SIZE', `${kind.what}: ${bytes.length} bytes, at most ${kind.maxBytes} are allowed`);
  }
  return bytes;
}
