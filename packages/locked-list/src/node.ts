/**
 * The slow hash on `node:crypto`: several run at once, in Node's pool of threads. For authorities, who lock many rows, and auditors, who
 * lock them again. Promise: the same bytes as those of `loadArgon2id`; a test compares them.
 * @module @lodestone/locked-list/node
 */
import * as crypto from 'node:crypto';
import { promisify } from 'node:util';
import { loadArgon2id } from './argon2id.ts';
import type { SlowHash } from './derive.ts';

/** Node before 24.7 has no Argon2. */
const native = 'argon2' in crypto ? promisify(crypto.argon2) : undefined;

let loaded: Promise<SlowHash> | undefined;

const own: SlowHash = async (secret, options) => (await (loaded ??= loadArgon2id()))(secret, options);

export const nodeArgon2id: SlowHash = async (secret, options) => {
  if (!native) return own(secret, options);
  const { salt: nonce, memoryKiB: memory, bytes: tagLength } = options;
  try {
    return await native('argon2id', { message: secret, nonce, memory, tagLength, passes: 1, parallelism: 1 });
  } catch (error) {
    // Node with an OpenSSL before 3.2.
    if ((error as NodeJS.ErrnoException).code === 'ERR_CRYPTO_ARGON2_NOT_SUPPORTED') return own(secret, options);
    throw error;
  }
};
