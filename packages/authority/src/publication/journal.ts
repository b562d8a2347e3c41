/**
 * A holder's journal, next to the key: the authority that the key signs for, and the newest root and targets that it has signed.
 * Promise: on this machine a key signs for one authority, never an older version, and never by mistake a second document
 * of the same version. Spec: docs/design/authority.md#signing
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { Digest } from '@lodestone/protocol/digest';
import { parseDocument, printDocument } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { Name } from '@lodestone/protocol/name';
import { writeAtomically } from '../repository/atomic-files.ts';
import type { HolderRole } from '../keys/holder.ts';
import type { SignedPart } from './parts.ts';

const SCHEMA = 'lodestone/journal/v1';

interface Entry {
  version: number;
  sha256: Digest;
}
export interface Journal extends Partial<Record<HolderRole, Entry | undefined>> {
  schema: typeof SCHEMA;
  authority: Name;
}

const entry: z.ZodMiniType<Entry> = z.strictObject({ version: z.int().check(z.gte(1)), sha256: Digest });
const Journal: z.ZodMiniType<Journal> = z.strictObject({
  schema: z.literal(SCHEMA),
  authority: Name,
  root: z.optional(entry),
  targets: z.optional(entry),
});
const KIND = { what: 'journal', maxBytes: 4_096, schema: SCHEMA };

/** The journal of a private key or public document: `alice.pem` and `alice.pub.json` have `alice.signed.json`. */
export function journalOf(keyFile: string): string {
  return `${keyFile.replace(/(?:\.pub\.json|\.pem)$/, '')}.signed.json`;
}

/**
 * The journal, which is empty before the first signature.
 * @throws {LodestoneError} `ERR_SIGNER` if the key signs for another authority: a draft under another name would start a new journal
 */
export async function readJournal(file: string, authority: Name): Promise<Journal> {
  if (!existsSync(file)) return { schema: SCHEMA, authority };
  const journal = parseDocument(Journal, await readFile(file), { ...KIND, what: file });
  if (journal.authority === authority) return journal;
  throw new LodestoneError(
    'ERR_SIGNER',
    `this draft is of ${authority}, and this key signs for ${journal.authority}; use one key for each authority`,
  );
}

export async function rememberSigned(file: string, journal: Journal, parts: readonly SignedPart[]): Promise<void> {
  const signed = Object.fromEntries(parts.map(({ role, version, sha256 }) => [role, { version, sha256 }]));
  await writeAtomically(file, printDocument(Journal, { ...journal, ...signed }, KIND), { mode: 0o600 });
}

/**
 * @param replace whether the holder has decided to sign another document of a version that they have signed
 * @throws {LodestoneError} `ERR_TRUST_ROLLBACK`
 */
export function checkNotOlder(
  journal: Journal,
  { role, version, sha256 }: Pick<SignedPart, 'role' | 'version' | 'sha256'>,
  replace: boolean,
): void {
  const last = journal[role];
  if (!last || version > last.version || (version === last.version && sha256 === last.sha256)) return;
  if (version < last.version) {
    throw new LodestoneError(
      'ERR_TRUST_ROLLBACK',
      `this is ${role} ${version}, and this key has signed ${role} ${last.version} already; an older version is never signed`,
    );
  }
  if (replace) return;
  throw new LodestoneError(
    'ERR_TRUST_ROLLBACK',
    `this key has signed another ${role} ${version}; check with the other holders that it was not published, and then pass --replace`,
  );
}
