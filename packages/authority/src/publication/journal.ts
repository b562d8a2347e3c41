/**
 * A holder's journal, next to the key: the newest root and targets that the holder has signed for each authority.
 * Promise: on this machine a holder never signs an older version, or by mistake a second document of the same version.
 * Spec: docs/design/authority.md#signing
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
/** What the holder has signed for one authority. */
export type Signed = Partial<Record<HolderRole, Entry | undefined>>;
interface Journal {
  schema: typeof SCHEMA;
  authorities: Record<Name, Signed>;
}

const entry: z.ZodMiniType<Entry> = z.strictObject({ version: z.int().check(z.gte(1)), sha256: Digest });
const Journal: z.ZodMiniType<Journal> = z.strictObject({
  schema: z.literal(SCHEMA),
  authorities: z.record(Name, z.strictObject({ root: z.optional(entry), targets: z.optional(entry) })),
});
const KIND = { what: 'journal', maxBytes: 262_144, schema: SCHEMA };

/** The journal of a private key or public document: `alice.pem` and `alice.pub.json` have `alice.signed.json`. */
export function journalOf(keyFile: string): string {
  return `${keyFile.replace(/(?:\.pub\.json|\.pem)$/, '')}.signed.json`;
}

export async function readSigned(file: string, authority: Name): Promise<Signed> {
  return (await readJournal(file)).authorities[authority] ?? {};
}

export async function rememberSigned(file: string, authority: Name, parts: readonly SignedPart[]): Promise<void> {
  const journal = await readJournal(file);
  const signed: Signed = { ...journal.authorities[authority] };
  for (const { role, version, sha256 } of parts) signed[role] = { version, sha256 };
  journal.authorities[authority] = signed;
  await writeAtomically(file, printDocument(Journal, journal, KIND), { mode: 0o600 });
}

async function readJournal(file: string): Promise<Journal> {
  if (!existsSync(file)) return { schema: SCHEMA, authorities: {} };
  return parseDocument(Journal, await readFile(file), { ...KIND, what: file });
}

/**
 * @param replace whether the holder has decided to sign another document of a version that they have signed
 * @throws {LodestoneError} `ERR_TRUST_ROLLBACK`
 */
export function checkNotOlder(
  signed: Signed,
  { role, version, sha256 }: Pick<SignedPart, 'role' | 'version' | 'sha256'>,
  replace: boolean,
): void {
  const last = signed[role];
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
