/**
 * Verifies subject ids on `node:crypto`, synchronously: half of WebCrypto's processor time, which hands each signature to another
 * thread. Flow: receiver/ingest → here. Promise: accepts what `verifySubjectId` accepts, and nothing else; a test compares them.
 * Spec: docs/design/contracts.md#subject-ids; Ed25519, RFC 8032
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { concatBytes, fromHex } from '@lodestone/protocol/bytes';
import type { Digest } from '@lodestone/protocol/digest';
import type { SubjectId } from '@lodestone/protocol/signal';
import { subjectIdMessage } from '@lodestone/protocol/subject-ids';
import { importSubjectPublicKey } from './subject-ids.ts';

/** SPKI before the 32 bytes of an Ed25519 key (RFC 8410 §4). */
const SPKI_PREFIX = fromHex('302a300506032b6570032100');

/** Imports a public key, for `verifySubjectIdSync`. @throws {LodestoneError} `ERR_SUBJECT` */
export async function importNodeSubjectKey(publicKey: string): Promise<KeyObject> {
  await importSubjectPublicKey(publicKey); // refuses what is no key
  const key = Buffer.from(concatBytes(SPKI_PREFIX, fromHex(publicKey)));
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

/** As `verifySubjectId`. */
export function verifySubjectIdSync(
  keys: readonly KeyObject[],
  endpointDigest: Digest,
  { signature, ...id }: SubjectId,
): boolean {
  const message = subjectIdMessage(endpointDigest, id);
  return keys.some((key) => verify(null, message, key, signature));
}

/** As `digestOfEndpoint`. */
export function digestOfEndpointSync(endpoint: string): Digest {
  return createHash('sha256').update(new URL(endpoint).href).digest('hex') as Digest;
}
