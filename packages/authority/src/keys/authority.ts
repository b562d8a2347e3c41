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
import { HOLDER_ROLES, HolderKey } from './holder.ts';

/** `authority.json`, written by `init` and `rotate`. */
const SCHEMA = 'lodestone/authority/v1';

/** Where the private keys of root and targets are: with their holders, or all in this folder, for tests and demos. */
export const CUSTODIES = ['holders', 'all-keys-here'] as const;
export type Custody = (typeof CUSTODIES)[number];

export interface AuthorityFile {
  schema: typeof SCHEMA;
  name: Name;
  power: Power;
  created: Instant;
  custody: Custody;
  /** The keys that the next root names. They differ from the published root's after `rotate`. */
  holders: HolderKey[];
  /** Holders that `rotate` removed, the last 64: a review names the keys that a new root no longer has. */
  formerHolders: HolderKey[];
  /** How many holders must sign a root, and how many must sign targets. */
  threshold: number;
  /** Public keys in hex. Their private keys are in `keys/`. */
  online: Record<OnlineRole, string>;
  /** For how many days signed documents are valid. */
  lifetimeDays: Lifetimes;
}

/** Roles that the server signs without a person. */
export const ONLINE_ROLES = ['snapshot', 'timestamp'] as const;
export type OnlineRole = (typeof ONLINE_ROLES)[number];

export interface Lifetimes {
  root: number;
  targets: number;
  snapshot: number;
  timestamp: number;
  /** A list release: at most 90 days. */
  list: number;
}

/** TUF metadata names at most 32 keys for a role. */
const MAX_HOLDERS = 32;
export const MAX_FORMER_HOLDERS = 64;

const publicKey: z.ZodMiniType<string> = z.string().check(z.regex(/^[0-9a-f]{64}$/, 'not 32 bytes in hex'));
const days: z.ZodMiniType<number> = z.int().check(z.gte(1), z.lte(3_660));

export const AuthorityFile: z.ZodMiniType<AuthorityFile> = z.strictObject({
  schema: z.literal(SCHEMA, `written by another version; this version reads ${SCHEMA}`),
  name: Name,
  power: z.enum(['orders', 'lists', 'provider']),
  created: Instant,
  custody: z.enum(CUSTODIES),
  holders: z.array(HolderKey).check(z.minLength(1), z.maxLength(MAX_HOLDERS)),
  formerHolders: z.array(HolderKey).check(z.maxLength(MAX_FORMER_HOLDERS)),
  threshold: z.int().check(z.gte(1), z.lte(MAX_HOLDERS)),
  online: z.strictObject({ snapshot: publicKey, timestamp: publicKey }),
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
  /** The next publication, for the holders to sign. */
  readonly draft: string;
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
    draft: at('draft'),
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
      `${directory} is not an authority's folder: it has no authority.json. Create one with "lodestone-authority init", or check the name.`,
    );
  }
  try {
    return { ...parseDocument(AuthorityFile, await readFile(paths.file), KIND), paths };
  } catch (cause) {
    throw new LodestoneError('ERR_REPOSITORY', `${paths.file}: ${messageOf(cause)}`, { cause });
  }
}

/** How many of a role's holders must sign: never more than there are. @throws {LodestoneError} `ERR_USAGE` */
export function checkHolders(holders: readonly HolderKey[], threshold: number): void {
  const twice = (values: readonly string[]): string | undefined =>
    values.find((value, i) => values.indexOf(value) !== i);
  const name = twice(holders.map((holder) => holder.name));
  if (name !== undefined) throw new LodestoneError('ERR_USAGE', `two holders are named ${name}; rename one`);
  if (twice(holders.map((holder) => holder.publicKey)) !== undefined) {
    throw new LodestoneError('ERR_USAGE', 'two holders have the same key; each holder needs a key of their own');
  }
  if (holders.length > MAX_HOLDERS) {
    throw new LodestoneError('ERR_USAGE', `${holders.length} holders: at most ${MAX_HOLDERS} are allowed`);
  }
  for (const role of HOLDER_ROLES) {
    const count = holders.filter(({ roles }) => roles.includes(role)).length;
    if (!Number.isInteger(threshold) || threshold < 1 || threshold > count) {
      throw new LodestoneError(
        'ERR_USAGE',
        `${threshold} of ${count} keys for the role ${role}: use a threshold from 1 to the number of keys`,
      );
    }
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
