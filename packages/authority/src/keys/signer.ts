/**
 * A signer makes Ed25519 signatures with one key: a key in memory, or a command that reaches a token or a service.
 * Spec: docs/design/authority.md#keys, TUF 1.0 §4.2 and §4.3; RFC 8032
 */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { Digest } from '@lodestone/protocol/digest';
import { canonicalJson, type Key } from '@lodestone/trust';
import { sha256Hex } from '../repository/digest.ts';

export interface Signer {
  /** 32 bytes in hex. */
  readonly publicKey: string;
  /**
   * @param about for people, such as "targets 5 of demo-lists"
   * @returns 64 bytes in hex
   */
  sign(data: Uint8Array, about: string): Promise<string>;
}

export function keySigner(secret: KeyObject): Signer {
  const { x = '' } = createPublicKey(secret).export({ format: 'jwk' });
  return {
    publicKey: Buffer.from(x, 'base64url').toString('hex'),
    sign: (data) => Promise.resolve(sign(null, data, secret).toString('hex')),
  };
}

export function isSignature(publicKey: string, data: Uint8Array, signature: string): boolean {
  const x = Buffer.from(publicKey, 'hex').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, data, key, Buffer.from(signature, 'hex'));
}

export function tufKey(publicKey: string): Key {
  return { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: publicKey } };
}

export function keyIdOf(publicKey: string): Digest {
  return sha256Hex(canonicalJson(tufKey(publicKey)));
}
