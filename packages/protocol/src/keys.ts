/**
 * ReceiverKeys: the receiver's HPKE public keys. The provider signs them as a target, so nobody in between can replace them.
 * Spec: docs/design/contracts.md#receiver-keys
 */
import * as z from 'zod/mini';
import { type DocumentKind, parseDocument, printDocument } from './document.ts';
import { LIMITS } from './limits.ts';
import { DAY_MS, fromInstant, Instant } from './time.ts';

export interface ReceiverKey {
  /** 1 to 255. Not reused while the receiver keeps an older key of that id. */
  id: number;
  /** X25519 public key, 32 bytes in hex. */
  publicKey: string;
  notBefore: Instant;
  /** At most 90 days after `notBefore`. */
  notAfter: Instant;
}
export interface ReceiverKeys {
  schema: 'lodestone/keys/v1';
  /** At most four, because the receiver may have to try each of them on every signal. */
  keys: ReceiverKey[];
}

export const ReceiverKeys: z.ZodMiniType<ReceiverKeys> = z.strictObject({
  schema: z.literal('lodestone/keys/v1'),
  keys: z
    .array(
      z
        .strictObject({
          id: z.int().check(z.gte(1), z.lte(255)),
          publicKey: z.string().check(z.regex(/^[0-9a-f]{64}$/, 'not 32 bytes in hex')),
          notBefore: Instant,
          notAfter: Instant,
        })
        .check(
          z.refine(({ notBefore, notAfter }) => {
            const days = (fromInstant(notAfter) - fromInstant(notBefore)) / DAY_MS;
            return days > 0 && days <= LIMITS.keyDays;
          }, `notAfter must be 1 second to ${LIMITS.keyDays} days after notBefore`),
        ),
    )
    .check(
      z.minLength(1),
      z.maxLength(LIMITS.privateKeys),
      z.refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'contains a key id twice'),
    ),
});

const KIND: DocumentKind = { what: 'receiver keys', maxBytes: LIMITS.keysBytes };

/** @throws {LodestoneError} `ERR_SIZE`, `ERR_SCHEMA` */
export function parseKeys(bytes: Uint8Array): ReceiverKeys {
  return parseDocument(ReceiverKeys, bytes, KIND);
}
export function printKeys(keys: ReceiverKeys): Uint8Array<ArrayBuffer> {
  return printDocument(ReceiverKeys, keys, KIND);
}

/** The key to seal with at `now` (ms): of the valid keys, the one with the latest `notBefore`. */
export function sealingKey({ keys }: ReceiverKeys, now: number): ReceiverKey | undefined {
  return keys
    .filter((key) => fromInstant(key.notBefore) <= now && now < fromInstant(key.notAfter))
    .sort((a, b) => fromInstant(b.notBefore) - fromInstant(a.notBefore))[0];
}
