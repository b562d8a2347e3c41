/**
 * Reads and prints every JSON document: size limit, strict UTF-8, strict schema, and an error that names the place.
 * Flow: bytes of a signed target → here → a typed value. Spec: docs/design/contracts.md#errors
 */
import * as z from 'zod/mini';
import { fromUtf8, utf8 } from './bytes.ts';
import { LodestoneError } from './error.ts';
import { type Fault, listed, notAllowed, ofType, oneOf, unknownKeys } from './faults.ts';

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
  const result = z.safeParse(schema, value, { error: () => NO_MESSAGE });
  if (result.success) return result.data;
  const fix = version === undefined ? '' : `. This release reads ${version}: write the document for that version`;
  throw new LodestoneError('ERR_SCHEMA', `${what}${listed(faultsIn(result.error.issues, value))}${fix}`, {
    cause: result.error,
  });
}

/** In place of zod's own messages, which differ by the language that an app may have set for all of zod. */
const NO_MESSAGE = '';

function faultsIn(issues: readonly z.core.$ZodIssue[], value: unknown): Fault[] {
  return issues.flatMap((issue): Fault[] => {
    const found = issue.path.reduce<unknown>(
      (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
      value,
    );
    const branch = issue.code === 'invalid_union' ? meantBranch(issue.errors) : undefined;
    if (!branch) return [{ path: issue.path, why: explain(issue, found) }];
    return faultsIn(branch, found).map(({ path, why }) => ({ path: [...issue.path, ...path], why }));
  });
}

function explain(issue: z.core.$ZodIssue, found: unknown): string {
  // A message of the schema says more than its code.
  if (issue.message !== NO_MESSAGE) return issue.message;
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys);
  if (issue.code === 'too_small') return `at least ${issue.minimum}`;
  if (issue.code === 'too_big') return `at most ${issue.maximum}`;
  return notAllowed(found, wantedBy(issue));
}

function wantedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return oneOf(issue.values);
  return issue.code === 'invalid_type' ? ofType(issue.expected) : '';
}

/** The only branch of a union whose literals, such as `kind`, match the value. */
function meantBranch(branches: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  const meant = branches.filter(
    (issues) => !issues.some((one) => one.code === 'invalid_value' && one.path.length === 1 && one.values.length === 1),
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
