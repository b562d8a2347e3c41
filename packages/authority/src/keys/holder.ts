/**
 * A holder's public document, which `key create` writes next to the private key: the holder's name, public key and roles.
 * Flow: key create → here → init, rotate. Promise: the document is signed with its own key, so a changed one is refused.
 * Spec: docs/design/authority.md#keys
 */
import * as z from 'zod/mini';
import { utf8 } from '@lodestone/protocol/bytes';
import { check, checkKind, printDocument } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { Name } from '@lodestone/protocol/name';
import { canonicalJson } from '@lodestone/trust';
import { isSignature, type Signer } from './signer.ts';

/** Roles that holders sign. Snapshot and timestamp have online keys. */
export const HOLDER_ROLES = ['root', 'targets'] as const;
export type HolderRole = (typeof HOLDER_ROLES)[number];

const SCHEMA = 'lodestone/holder/v1';

export interface HolderKey {
  schema: typeof SCHEMA;
  name: Name;
  /** 32 bytes in hex. */
  publicKey: string;
  roles: HolderRole[];
  /** The holder's signature of the rest of the document, 64 bytes in hex. */
  proof: string;
}

export const HolderKey: z.ZodMiniType<HolderKey> = z.strictObject({
  schema: z.literal(SCHEMA),
  name: Name,
  publicKey: z.string().check(z.regex(/^[0-9a-f]{64}$/, 'not 32 bytes in hex')),
  roles: z.array(z.enum(HOLDER_ROLES)).check(
    z.minLength(1),
    z.refine((roles) => new Set(roles).size === roles.length, 'contains a role twice'),
  ),
  proof: z.string().check(z.regex(/^[0-9a-f]{128}$/, 'not 64 bytes in hex')),
});

const KIND = { what: 'holder key', maxBytes: 4_096, schema: SCHEMA };

export async function makeHolder(
  name: string,
  signer: Signer,
  roles: readonly HolderRole[] = HOLDER_ROLES,
): Promise<HolderKey> {
  const document = {
    schema: SCHEMA,
    name: check(Name, name, 'name'),
    publicKey: signer.publicKey,
    roles: HOLDER_ROLES.filter((role) => roles.includes(role)),
  } as const;
  return { ...document, proof: await signer.sign(proven(document), `the public key of ${name}`) };
}

export function printHolder(holder: HolderKey): Uint8Array<ArrayBuffer> {
  return printDocument(HolderKey, holder, KIND);
}

/** @throws {LodestoneError} `ERR_SCHEMA`; `ERR_SIGNER` if the document was changed after its holder signed it */
export function checkHolder(value: unknown): HolderKey {
  const { proof, ...document } = checkKind(HolderKey, value, KIND);
  if (!isSignature(document.publicKey, proven(document), proof)) {
    throw new LodestoneError(
      'ERR_SIGNER',
      `the public key of ${document.name} was changed, or is not signed with its private key; ask the holder for it again`,
    );
  }
  return { ...document, proof };
}

/** The prefix keeps a proof from being a signature of anything else. */
function proven(document: Omit<HolderKey, 'proof'>): Uint8Array {
  return Buffer.concat([utf8('lodestone/holder/v1\n'), canonicalJson(document)]);
}
