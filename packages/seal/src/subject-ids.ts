/**
 * Issues and verifies subject ids. The account service signs each signal id; the receiver has the public key only, so
 * neither it nor a thief of its files can make an id. Only the account service can link a pseudonym to an account.
 * Flow: account service → device → receiver. Spec: docs/design/contracts.md#subject-ids; Ed25519, RFC 8032
 */
import { concatBytes, fromHex, toHex, utf8 } from '@lodestone/protocol/bytes';
import type { Digest } from '@lodestone/protocol/digest';
import { LodestoneError } from '@lodestone/protocol/error';
import { LIMITS } from '@lodestone/protocol/limits';
import type { SubjectId } from '@lodestone/protocol/signal';
import { lastDayOf, type Month, printSubjectIds, subjectIdMessage } from '@lodestone/protocol/subject-ids';

/** A key pair of the account service as text. `privateKey` is a secret: the 32-byte seed of RFC 8032 in hex. */
export interface SubjectKey {
  /** 32 bytes in hex. */
  publicKey: string;
  privateKey: string;
}

/** PKCS#8 before the seed (RFC 8410 §7). */
const PKCS8_PREFIX = fromHex('302e020100300506032b657004220420');

export async function generateSubjectKey(): Promise<SubjectKey> {
  const pair = await step('cannot generate a key pair', () =>
    crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify']),
  );
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey));
  return {
    publicKey: toHex(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))),
    privateKey: toHex(pkcs8.subarray(PKCS8_PREFIX.length)),
  };
}

/** Imports the account service's private key, for `issueSubjectIds`. @throws {LodestoneError} `ERR_SUBJECT` */
export async function importSubjectKey(privateKey: string): Promise<CryptoKey> {
  const seed = bytesOf(privateKey, 'private');
  return step('the private subject key cannot be imported', () =>
    crypto.subtle.importKey('pkcs8', concatBytes(PKCS8_PREFIX, seed), 'Ed25519', false, ['sign']),
  );
}

/** Imports a public key, for `verifySubjectId`. @throws {LodestoneError} `ERR_SUBJECT` */
export async function importSubjectPublicKey(publicKey: string): Promise<CryptoKey> {
  const raw = bytesOf(publicKey, 'public');
  return step('the public subject key cannot be imported', () =>
    crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify']),
  );
}

export interface BatchRequest {
  /** Address of the receiver, as orders name it. */
  endpoint: string;
  /** 16 random bytes, generated once per account. */
  pseudonym: Uint8Array<ArrayBuffer>;
  month: Month;
}

/**
 * Issues a month's batch with new ids: 3,256 bytes that the account service sends to the signed-in device.
 * @param signalIds 40 fixed ids, for known-answer tests
 * @throws {LodestoneError} `ERR_SUBJECT` for an invalid pseudonym
 */
export async function issueSubjectIds(
  key: CryptoKey,
  { endpoint, pseudonym, month }: BatchRequest,
  signalIds: readonly Uint8Array<ArrayBuffer>[] = randomIds(),
): Promise<Uint8Array<ArrayBuffer>> {
  const endpointDigest = await digestOfEndpoint(endpoint);
  const lastDay = lastDayOf(month);
  const sign = async (signalId: Uint8Array<ArrayBuffer>) => {
    const message = subjectIdMessage(endpointDigest, { pseudonym, lastDay, signalId });
    return { signalId, signature: new Uint8Array(await crypto.subtle.sign('Ed25519', key, message)) };
  };
  return printSubjectIds({ endpointDigest, pseudonym, lastDay, ids: await Promise.all(signalIds.map(sign)) });
}

/** True if one of the keys signed the id for this endpoint. Whether the id covers the day of a match is a separate question. */
export async function verifySubjectId(
  keys: readonly CryptoKey[],
  endpointDigest: Digest,
  { signature, ...id }: SubjectId,
): Promise<boolean> {
  const message = subjectIdMessage(endpointDigest, id);
  for (const key of keys) if (await crypto.subtle.verify('Ed25519', key, signature, message)) return true;
  return false;
}

/** SHA-256 of the endpoint's normalized address (`URL.href`): ids are valid for one receiver only. */
export async function digestOfEndpoint(endpoint: string): Promise<Digest> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(new URL(endpoint).href)))) as Digest;
}

function randomIds(): Uint8Array<ArrayBuffer>[] {
  return Array.from({ length: LIMITS.subjectIds }, () => crypto.getRandomValues(new Uint8Array(16)));
}

function bytesOf(hex: string, what: 'private' | 'public'): Uint8Array<ArrayBuffer> {
  if (!/^[0-9a-f]{64}$/.test(hex))
    throw new LodestoneError('ERR_SUBJECT', `the ${what} subject key is not 32 bytes in hex`);
  return fromHex(hex);
}

async function step<T>(message: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw new LodestoneError('ERR_SUBJECT', message, { cause });
  }
}
