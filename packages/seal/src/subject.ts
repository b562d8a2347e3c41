/**
 * Subject: the 32 bytes by which the account service names a signed-in device, pseudonym 16 ‖ tag 16. The receiver
 * checks the tag, so nobody frames or floods another; which account it is, only the account service knows.
 * Spec: DESIGN §4; RFC 2104 over SHA-256, cut to its first 16 bytes (RFC 2104 §5).
 */
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';

const LABEL = 'lodestone/subject/v1';
const PSEUDONYM_BYTES = 16;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/**
 * @param key the subject key, 32 random bytes that account service and receiver share
 * @param pseudonym 16 random bytes, drawn once for an account
 * @throws {LodestoneError} `ERR_SUBJECT` for another length of either
 */
export async function issueSubject(key: Uint8Array, pseudonym: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (pseudonym.length !== PSEUDONYM_BYTES) {
    throw new LodestoneError('ERR_SUBJECT', `a pseudonym of ${pseudonym.length} bytes, not ${PSEUDONYM_BYTES}`);
  }
  return concatBytes(pseudonym, await tag(key, pseudonym));
}

/** Takes the same time wherever a wrong tag differs. @throws {LodestoneError} `ERR_SUBJECT` for a key of another length */
export async function checkSubject(key: Uint8Array, subject: Uint8Array): Promise<boolean> {
  if (subject.length !== PSEUDONYM_BYTES + TAG_BYTES) return false;
  const expected = await tag(key, subject.subarray(0, PSEUDONYM_BYTES));
  let difference = 0;
  for (let i = 0; i < TAG_BYTES; i++) difference |= (expected[i] ?? 0) ^ (subject[PSEUDONYM_BYTES + i] ?? 0);
  return difference === 0;
}

async function tag(key: Uint8Array, pseudonym: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (key.length !== KEY_BYTES) {
    throw new LodestoneError('ERR_SUBJECT', `a subject key of ${key.length} bytes, not ${KEY_BYTES}`);
  }
  const hmac = await crypto.subtle.importKey('raw', new Uint8Array(key), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  const whole = await crypto.subtle.sign('HMAC', hmac, concatBytes(utf8(LABEL), pseudonym));
  return new Uint8Array(whole).slice(0, TAG_BYTES);
}
