/**
 * The receiver key of the vectors, for tests that import a private key in every engine. The key is fixed because WebKitGTK
 * 2.50 refuses to import some X25519 private keys (those whose first byte is zero, 1 in 32). Real receivers run in Node.
 */
import type { Instant } from '@lodestone/protocol/time';
import type { ReceiverKey } from '@lodestone/protocol/keys';
import type { ReceiverPrivateKey } from '@lodestone/seal';
import vectors from './vectors/signal-v1.json' with { type: 'json' };

export const privateKey: ReceiverPrivateKey = {
  ...vectors.receiverKey,
  notBefore: vectors.receiverKey.notBefore as Instant,
  notAfter: vectors.receiverKey.notAfter as Instant,
};
const { privateKey: _, ...rest } = privateKey;
export const publicKey: ReceiverKey = rest;
