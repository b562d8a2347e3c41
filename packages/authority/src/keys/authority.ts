/**
 * An authority's folder: who it is, and where its keys, private records, staged documents and repository lie.
 * Flow: every command opens it first. What must stay private is in `keys/` and `record/`; `repository/` is served.
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
import { writeWhole } from '../repository/folder.ts';

/** `authority.json`: fixed at the ceremony. */
export interface AuthorityFile {
  schema: 'lodestone/authority/v1';
  name: Name;
  power: Power;
  created: Instant;
  /** How long what is signed lasts, in days. */
  lifetimeDays: Lifetimes;
}

export interface Lifetimes {
  root: number;
  targets: number;
  snapshot: number;
  timestamp: number;
  /** Of a list's release: at most 90. */
  list: number;
}

const days: z.ZodMiniType<number> = z.int().check(z.gte(1), z.lte(3_660));

export const AuthorityFile: z.ZodMiniType<AuthorityFile> = z.strictObject({
  schema: z.literal('lodestone/authority/v1'),
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
  /** What host apps pin. */
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
  await writeWhole(paths.file, printDocument(AuthorityFile, file, KIND));
}

/** @throws {LodestoneError} `ERR_REPOSITORY` where the folder is no authority's */
export async function openAuthority(directory: string): Promise<Authority> {
  const paths = pathsOf(directory);
  if (!existsSync(paths.file)) {
    throw new LodestoneError(
      'ERR_REPOSITORY',
      `${directory} is no authority's folder: it has no authority.json. Make one with "lodestone-authority init".`,
    );
  }
  try {
    return { ...parseDocument(AuthorityFile, await readFile(paths.file), KIND), paths };
  } catch (cause) {
    throw new LodestoneError('ERR_REPOSITORY', `${paths.file}: ${messageOf(cause)}`, { cause });
  }
}

/** @throws {LodestoneError} `ERR_TRUST_POWER` where this authority's publications of that kind would not count */
export function checkPower({ name, power }: Authority, needed: Power, what: string): void {
  if (power !== needed) {
    throw new LodestoneError(
      'ERR_TRUST_POWER',
      `"${name}" has the power "${power}"; apps take ${what} only from a source with the power "${needed}"`,
    );
  }
}

export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
