/**
 * Subject id: 32 bytes that the account service issues to a signed-in device, pseudonym 16 ‖ tag 16. The receiver verifies
 * the tag, so nobody can send signals in the name of another account. Only the account service can link it to the account.
 * Spec: docs/design/contracts.md#subject-id; RFC 2104 over SHA-256, truncated to 16 bytes (RFC 2104 §5)
 */
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';

const LABEL = 'lodestone/subject/v1';
const PSEUDONYM_BYTES = 16;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/**
 * @param key the subject key: 32 random bytes that the account service and the receiver share
 * @param pseudonym 16 random bytes, generated once per account
 * @throws {LodestoneError} `ERR_SUBJECT` if either has another length
 */
export async function issueSubjectId(key: Uint8Array, pseudonym: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (pseudonym.length !== PSEUDONYM_BYTES) {
    throw new LodestoneError('ERR_SUBJECT', `the pseudonym has ${pseudonym.length} bytes, not ${PSEUDONYM_BYTES}`);
  }
  return concatBytes(pseudonym, await tag(key, pseudonym));
}

/** Constant-time: a wrong tag takes the same time wherever it differs. @throws {LodestoneError} `ERR_SUBJECT` for a key of another length */
export async function verifySubjectId(key: Uint8Array, subjectId: Uint8Array): Promise<boolean> {
  if (subjectId.length !== PSEUDONYM_BYTES + TAG_BYTES) return false;
  const expected = await tag(key, subjectId.subarray(0, PSEUDONYM_BYTES));
  let difference = 0;
  for (let i = 0; i < TAG_BYTES; i++) difference |= (expected[i] ?? 0) ^ (subjectId[PSEUDONYM_BYTES + i] ?? 0);
  return difference === 0;
}

async function tag(key: Uint8Array, pseudonym: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (key.length !== KEY_BYTES) {
    throw new LodestoneError('ERR_SUBJECT', `the subject key has ${key.length} bytes, not ${KEY_BYTES}`);
  }
  const hmac = await crypto.subtle.importKey('raw', new Uint8Array(key), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  const whole = await crypto.subtle.sign('HMAC', hmac, concatBytes(utf8(LABEL), pseudonym));
  return new Uint8Array(whole).slice(0, TAG_BYTES);
}
