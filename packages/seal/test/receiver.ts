/**
 * The receiver of the vectors, for tests that import its private key in every engine. Not a random one: WebKitGTK 2.50
 * refuses to import an X25519 private key whose first byte is zero, which is one in 32. Receivers run in Node.
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
