/** Argon2id where there is no native one. */
import { argon2id as argon2idOf } from 'hash-wasm';
import type { SlowHash } from './derive.ts';

export const argon2id: SlowHash = (password, { salt, memoryKiB, bytes }) =>
  argon2idOf({
    password,
    salt,
    parallelism: 1,
    iterations: 1,
    memorySize: memoryKiB,
    hashLength: bytes,
    outputType: 'binary',
  });
