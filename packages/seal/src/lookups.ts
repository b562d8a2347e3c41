/**
 * Signs and verifies look-ups: whose pseudonym it is, asked by two people. Flow: receiver signs → account service opens.
 * Promise: no look-up opens with one signature, one key, or two people of one kind. Spec: docs/design/contracts.md#look-up; Ed25519, RFC 8032
 */
import { fromHex, toHex } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import {
  type Lookup,
  LOOKUP_SCHEMA,
  lookupMessage,
  type LookupRequest,
  type LookupRole,
  type LookupSignature,
  parseLookup,
  REQUESTING_ROLES,
  SIGNING_ROLES,
} from '@lodestone/protocol/lookup';
import type { Name } from '@lodestone/protocol/name';
import { fromInstant } from '@lodestone/protocol/time';
import { importSubjectKey, importSubjectPublicKey } from './subject-ids.ts';

/** A person whose signature the account service accepts. */
export interface LookupSigner {
  name: Name;
  role: LookupRole;
  /** 32 bytes in hex. */
  publicKey: string;
}

/**
 * Adds a signature to a request.
 * @param privateKey of the person, as `generateSubjectKey` makes it
 * @param before the signature of the person who asks; none for the first
 */
export async function signLookup(
  privateKey: string,
  request: LookupRequest,
  who: Pick<LookupSignature, 'name' | 'role'>,
  before: readonly LookupSignature[] = [],
): Promise<Lookup> {
  const key = await importSubjectKey(privateKey);
  const bytes = await crypto.subtle.sign('Ed25519', key, lookupMessage(request, who));
  const signature = { name: who.name, role: who.role, signature: toHex(new Uint8Array(bytes)) };
  return { schema: LOOKUP_SCHEMA, request, signatures: [...before, signature] };
}

/**
 * Opens a look-up, for the account service.
 * @param signers everybody whose signature counts
 * @throws {LodestoneError} `ERR_SUBJECT` if it is not signed by somebody who reviews and somebody who does not, or is too late
 */
export async function openLookup(
  signers: readonly LookupSigner[],
  bytes: Uint8Array,
  now: number,
): Promise<LookupRequest> {
  const { request, signatures } = parseLookup(bytes);
  const [asking, second] = signatures;
  if (!asking || !second) throw refused('it needs two signatures');
  if (!isOf(REQUESTING_ROLES, asking.role) || !isOf(SIGNING_ROLES, second.role))
    throw refused('one who reviews cases asks, and one who cannot act on a case signs as well');
  const keys = [await keyOf(signers, asking, request), await keyOf(signers, second, request)];
  if (keys[0] === keys[1] || asking.name === second.name) throw refused('two different people sign it, with two keys');
  if (now >= fromInstant(request.notAfter)) throw refused(`it ended at ${request.notAfter}; ask again`);
  return request;
}

const refused = (why: string): LodestoneError<'ERR_SUBJECT'> =>
  new LodestoneError('ERR_SUBJECT', `the look-up is refused: ${why}`);

function isOf(roles: readonly LookupRole[], role: LookupRole): boolean {
  return roles.includes(role);
}

/** @returns the public key that made the signature */
async function keyOf(
  signers: readonly LookupSigner[],
  { name, role, signature }: LookupSignature,
  request: LookupRequest,
): Promise<string> {
  const signer = signers.find((each) => each.name === name && each.role === role);
  if (!signer) throw refused(`${name} (${role}) is nobody whose signature counts here`);
  const key = await importSubjectPublicKey(signer.publicKey);
  const isValid = await crypto.subtle.verify(
    'Ed25519',
    key,
    fromHex(signature),
    lookupMessage(request, { name, role }),
  );
  if (!isValid) throw refused(`the signature of ${name} is not of this request and key`);
  return signer.publicKey;
}
