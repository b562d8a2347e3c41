/**
 * An authority's folder: its description, and the places of its keys, private records, staged documents and repository.
 * Flow: every command opens it first. `keys/` and `record/` must stay private; `repository/` is public.
 * Spec: docs/design/authority.md#keys
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';
import { parseDocument, printDocument, type DocumentKind } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { Name } from '@lodestone/protocol/name';
import { Instant } from '@lodestone/protocol/time';
import type { Power } from '@lodestone/trust';
import { writeAtomically } from '../repository/atomic-files.ts';

/** `authority.json`, written once by `init`. */
const SCHEMA = 'lodestone/authority/v1';

export interface AuthorityFile {
  schema: typeof SCHEMA;
  name: Name;
  power: Power;
  created: Instant;
  /** For how many days signed documents are valid. */
  lifetimeDays: Lifetimes;
}

export interface Lifetimes {
  root: number;
  targets: number;
  snapshot: number;
  timestamp: number;
  /** A list release: at most 90 days. */
  list: number;
}

const days: z.ZodMiniType<number> = z.int().check(z.gte(1), z.lte(3_660));

export const AuthorityFile: z.ZodMiniType<AuthorityFile> = z.strictObject({
  schema: z.literal(SCHEMA, `written by another version; this version reads ${SCHEMA}`),
  name: Name,
  power: z.enum(['orders', 'lists', 'provider']),
  created: Instant,
  lifetimeDays: z.strictObject({
    root: days,
    targets: days,
    snapshot: days,
    timestamp: days,
    list: z.int().check(z.gte(1), z.lte(90)),
  }),
});

const KIND: DocumentKind = { what: 'authority.json', maxBytes: 65_536 };

export interface Authority extends AuthorityFile {
  readonly paths: Paths;
}

export interface Paths {
  readonly file: string;
  readonly keys: string;
  readonly record: string;
  readonly staged: string;
  readonly repository: string;
  /** The first root, which host apps pin. */
  readonly root: string;
}

export function pathsOf(directory: string): Paths {
  const at = (name: string): string => path.join(path.resolve(directory), name);
  return {
    file: at('authority.json'),
    keys: at('keys'),
    record: at('record'),
    staged: at('staged'),
    repository: at('repository'),
    root: at('root.json'),
  };
}

export async function writeAuthority(paths: Paths, file: AuthorityFile): Promise<void> {
  await writeAtomically(paths.file, printDocument(AuthorityFile, file, KIND));
}

/** @throws {LodestoneError} `ERR_REPOSITORY` if the folder is not an authority's, or another version made it */
export async function openAuthority(directory: string): Promise<Authority> {
  const paths = pathsOf(directory);
  if (!existsSync(paths.file)) {
    throw new LodestoneError(
      'ERR_REPOSITORY',
      `${directory} has no authority.json. Make an authority with "lodestone-authority init", or check the folder's name.`,
    );
  }
  try {
    return { ...parseDocument(AuthorityFile, await readFile(paths.file), KIND), paths };
  } catch (cause) {
    throw new LodestoneError('ERR_REPOSITORY', `${paths.file}: ${messageOf(cause)}`, { cause });
  }
}

/** @throws {LodestoneError} `ERR_TRUST_POWER` if apps would ignore documents of that kind from this authority */
export function checkPower({ name, power }: Authority, needed: Power, what: string): void {
  if (power !== needed) {
    throw new LodestoneError(
      'ERR_TRUST_POWER',
      `"${name}" has the power "${power}"; apps accept ${what} only from a source with the power "${needed}"`,
    );
  }
}

export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
