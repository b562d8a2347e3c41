/**
 * Signature files of a draft, `signatures/ROLE-HOLDER.json`: one signature of one part each.
 * Promise: a signature counts only if it verifies and covers the draft as it is now. Spec: docs/design/authority.md#signing
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';
import { Digest } from '@lodestone/protocol/digest';
import { parseDocument, printDocument } from '@lodestone/protocol/document';
import { Instant } from '@lodestone/protocol/time';
import type { Signature } from '@lodestone/trust';
import { messageOf } from '../keys/authority.ts';
import { HOLDER_ROLES, type HolderRole } from '../keys/holder.ts';
import { isSignature } from '../keys/signer.ts';
import { writeAtomically } from '../repository/atomic-files.ts';
import type { DraftFile } from './draft.ts';
import { publicKeyOf, type SignedPart } from './parts.ts';

const SCHEMA = 'lodestone/signature/v1';

export interface SignatureFile {
  schema: typeof SCHEMA;
  role: HolderRole;
  version: number;
  /** SHA-256 of the bytes that are signed. */
  sha256: Digest;
  keyId: Digest;
  /** 64 bytes in hex. */
  signature: string;
  signedAt: Instant;
}

const SignatureFile: z.ZodMiniType<SignatureFile> = z.strictObject({
  schema: z.literal(SCHEMA),
  role: z.enum(HOLDER_ROLES),
  version: z.int().check(z.gte(1)),
  sha256: Digest,
  keyId: Digest,
  signature: z.string().check(z.regex(/^[0-9a-f]{128}$/, 'not 64 bytes in hex')),
  signedAt: Instant,
});
const KIND = { what: 'signature', maxBytes: 4_096, schema: SCHEMA };

export async function writeSignature(
  folder: string,
  holder: string,
  file: Omit<SignatureFile, 'schema'>,
): Promise<string> {
  const place = path.join(folder, 'signatures', `${file.role}-${holder}.json`);
  await writeAtomically(place, printDocument(SignatureFile, { schema: SCHEMA, ...file }, KIND));
  return place;
}

export interface Signatures {
  /** By part: the signatures that count. */
  valid: Map<SignedPart, Signature[]>;
  /** One sentence for each file that does not count. */
  refused: string[];
}

export async function readSignatures(
  folder: string,
  parts: readonly SignedPart[],
  holders: DraftFile['holders'],
): Promise<Signatures> {
  const result: Signatures = { valid: new Map(parts.map((part) => [part, []])), refused: [] };
  const place = path.join(folder, 'signatures');
  const names = existsSync(place) ? (await readdir(place)).filter((name) => !name.startsWith('.')).sort() : [];
  for (const name of names) {
    const judged = judge(parts, holders, await readFile(path.join(place, name)));
    if (typeof judged === 'string') result.refused.push(`signatures/${name}: ${judged}`);
    else addOnce(result.valid.get(judged.part) ?? [], judged.signature);
  }
  return result;
}

function addOnce(all: Signature[], signature: Signature): void {
  if (!all.some(({ keyid }) => keyid === signature.keyid)) all.push(signature);
}

/** @returns the part and its signature, or why the file does not count */
function judge(
  parts: readonly SignedPart[],
  holders: DraftFile['holders'],
  bytes: Uint8Array,
): { part: SignedPart; signature: Signature } | string {
  let file: SignatureFile;
  try {
    file = parseDocument(SignatureFile, bytes, KIND);
  } catch (error) {
    return messageOf(error);
  }
  const { role, version, sha256, keyId, signature } = file;
  const who = nameOf(holders, keyId);
  const part = parts.find((one) => one.role === role);
  if (!part) return `${who} signed ${role} ${version}, which this publication does not change`;
  if (part.version !== version || part.sha256 !== sha256) {
    return `${who} signed another ${role} ${version} (SHA-256 ${sha256.slice(0, 16)}…) than the one in this draft (${role} ${part.version}, ${part.sha256.slice(0, 16)}…); ask ${who} to sign again`;
  }
  const publicKey = publicKeyOf(part, keyId);
  if (publicKey === undefined) return `${who} is not a holder of the role ${role}`;
  if (!isSignature(publicKey, part.bytes, signature))
    return `the signature of ${who} does not verify; ask ${who} to sign again`;
  return { part, signature: { keyid: keyId, sig: signature } };
}

export function nameOf(holders: DraftFile['holders'], keyId: Digest): string {
  return holders.find((holder) => holder.keyId === keyId)?.name ?? `key ${keyId.slice(0, 16)}`;
}
