/**
 * Revocation list: pseudonyms whose subject ids no longer count, for example of a deleted account or a stolen batch. The
 * account service signs it. Promise: only complete lists with a higher number replace the one before.
 * Flow: account service → receiver. Spec: docs/design/contracts.md#revocation-list
 */
import { compareBytes, concatBytes, utf8 } from './bytes.ts';
import { LodestoneError } from './error.ts';
import { LIMITS } from './limits.ts';

/** ASCII, the first bytes of what the account service signs. */
export const REVOCATION_INFO = 'lodestone/revoked/v1';
const VERSION = 1;
const HEADER_BYTES = 12;
const PSEUDONYM_BYTES = 16;
const SIGNATURE_BYTES = 64;

export interface RevocationList {
  /** Rises with each list. */
  number: number;
  /** Ascending in byte order, each once. */
  pseudonyms: readonly Uint8Array<ArrayBuffer>[];
  /** Ed25519 signature of the account service, 64 bytes. */
  signature: Uint8Array<ArrayBuffer>;
}

const bad = (why: string): LodestoneError<'ERR_SUBJECT'> =>
  new LodestoneError('ERR_SUBJECT', `revocation list: ${why}`);

/** The bytes that the account service signs: the label and everything before the signature. */
export function revocationMessage(list: Omit<RevocationList, 'signature'>): Uint8Array<ArrayBuffer> {
  return concatBytes(utf8(REVOCATION_INFO), body(list));
}

/** @throws {LodestoneError} `ERR_SUBJECT` */
export function printRevocations({ signature, ...list }: RevocationList): Uint8Array<ArrayBuffer> {
  if (signature.length !== SIGNATURE_BYTES) throw bad('the signature must have 64 bytes');
  return concatBytes(body(list), signature);
}

/** The signature is not verified here. @throws {LodestoneError} `ERR_SUBJECT` unless `printRevocations` wrote these bytes */
export function parseRevocations(bytes: Uint8Array): RevocationList {
  if (bytes.length < HEADER_BYTES + SIGNATURE_BYTES) throw bad(`${bytes.length} bytes are too few`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== VERSION) throw bad(`version ${view.getUint8(0)} is not supported; expected ${VERSION}`);
  if (bytes.subarray(1, 4).some((byte) => byte !== 0)) throw bad('a reserved byte is not zero');
  const count = view.getUint32(8, true);
  if (bytes.length !== HEADER_BYTES + count * PSEUDONYM_BYTES + SIGNATURE_BYTES)
    throw bad(`${bytes.length} bytes do not fit ${count} pseudonyms`);
  if (count > LIMITS.revokedPseudonyms) throw bad(`more than ${LIMITS.revokedPseudonyms} pseudonyms`);
  const copy = (from: number, length: number) => new Uint8Array(bytes.subarray(from, from + length));
  const list: RevocationList = {
    number: view.getUint32(4, true),
    pseudonyms: Array.from({ length: count }, (_, i) => copy(HEADER_BYTES + i * PSEUDONYM_BYTES, PSEUDONYM_BYTES)),
    signature: copy(bytes.length - SIGNATURE_BYTES, SIGNATURE_BYTES),
  };
  checkOrder(list.pseudonyms);
  return list;
}

function body({ number, pseudonyms }: Omit<RevocationList, 'signature'>): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(number) || number < 0 || number > 0xffffffff)
    throw bad(`number ${number} is not from 0 to 4294967295`);
  if (pseudonyms.length > LIMITS.revokedPseudonyms) throw bad(`more than ${LIMITS.revokedPseudonyms} pseudonyms`);
  if (pseudonyms.some(({ length }) => length !== PSEUDONYM_BYTES)) throw bad('a pseudonym must have 16 bytes');
  checkOrder(pseudonyms);
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint8(0, VERSION);
  view.setUint32(4, number, true);
  view.setUint32(8, pseudonyms.length, true);
  return concatBytes(header, ...pseudonyms);
}

function checkOrder(pseudonyms: readonly Uint8Array[]): void {
  const isAscending = pseudonyms.every((each, i) => i === 0 || compareBytes(pseudonyms[i - 1] ?? each, each) < 0);
  if (!isAscending) throw bad('pseudonyms must be ascending in byte order, each once');
}
