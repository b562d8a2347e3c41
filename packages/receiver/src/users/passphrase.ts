/**
 * Passphrases of users: Argon2id (RFC 9106) on `node:crypto`, stored as PHC strings that carry their own costs.
 * Flow: sign-in, set-up → here. Promise: one computation at a time, so that attempts cannot use up the memory.
 * Spec: docs/design/receiver.md#sign-in
 */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { LodestoneError } from '@lodestone/protocol/error';

interface Costs {
  /** In KiB. */
  memory: number;
  passes: number;
  parallelism: number;
}

/** What OWASP's password storage cheat sheet names first: 46 MiB, one pass. */
const COSTS: Costs = { memory: 47_104, passes: 1, parallelism: 1 };
const HASH_BYTES = 32;
const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([\w+/]{22})\$([\w+/]{43})$/;

const MIN_CHARS = 12;
const MAX_CHARS = 256;

/** @throws {LodestoneError} `ERR_CASE` for one that is too short or too long */
export function checkPassphrase(passphrase: string): void {
  const chars = [...passphrase.normalize('NFKC')].length;
  if (chars < MIN_CHARS || chars > MAX_CHARS)
    throw new LodestoneError('ERR_CASE', `the passphrase needs ${MIN_CHARS} to ${MAX_CHARS} characters`);
}

/** @returns a PHC string, for the database */
export async function hashPassphrase(passphrase: string): Promise<string> {
  checkPassphrase(passphrase);
  const salt = randomBytes(16);
  const hash = await inTurn(() => derive(passphrase, salt, COSTS));
  const { memory, passes, parallelism } = COSTS;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(hash)}`;
}

/** @param stored undefined for a user without one: the answer is false, and takes as long */
export async function verifyPassphrase(passphrase: string, stored: string | undefined): Promise<boolean> {
  const [, memory, passes, parallelism, salt = '', hash = ''] = PHC.exec(stored ?? NOBODY) ?? [];
  const costs = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const derived = await inTurn(() => derive(passphrase.slice(0, 4 * MAX_CHARS), Buffer.from(salt, 'base64'), costs));
  return timingSafeEqual(derived, Buffer.from(hash, 'base64')) && stored !== undefined;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replaceAll('=', '');
const NOBODY = `$argon2id$v=19$m=${COSTS.memory},t=${COSTS.passes},p=${COSTS.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

function derive(passphrase: string, nonce: Uint8Array, costs: Costs): Promise<Buffer> {
  const message = Buffer.from(passphrase.normalize('NFKC'));
  return new Promise((resolve, reject) => {
    argon2('argon2id', { message, nonce, tagLength: HASH_BYTES, ...costs }, (error, derived) =>
      error ? reject(error) : resolve(derived),
    );
  });
}

let last: Promise<unknown> = Promise.resolve();

function inTurn<T>(run: () => Promise<T>): Promise<T> {
  const turn = last.then(run);
  last = turn.catch(() => undefined);
  return turn;
}
