/** Encrypts the private keys of test receivers. A random key needs no scrypt, which takes 0.3 s. */
import type { KeySecret } from '../../src/keys/key-encryption.ts';

export const SECRET: KeySecret = { kind: 'key', key: Uint8Array.from({ length: 32 }, (_, i) => i) };
