/**
 * Encrypts a private key as PKCS#8 with PBES2: PBKDF2-HMAC-SHA256 and AES-256-CBC. node:crypto and OpenSSL read the result.
 * node:crypto can write this format too, but only with 2,048 iterations, which a stolen file would not withstand.
 * Spec: docs/design/authority.md#keys, RFC 5958 §3, RFC 8018 §6.2 and Appendix A
 */
import { createCipheriv, type KeyObject, pbkdf2Sync, randomBytes } from 'node:crypto';

/** OWASP Password Storage Cheat Sheet (2023): at least 600,000 for PBKDF2-HMAC-SHA256. */
export const ITERATIONS = 600_000;

export function encryptKey(secret: KeyObject, passphrase: string): string {
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', pbkdf2Sync(passphrase, salt, ITERATIONS, 32, 'sha256'), iv);
  const plain = secret.export({ format: 'der', type: 'pkcs8' });
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  plain.fill(0);
  const kdf = sequence(
    oid('1.2.840.113549.1.5.12'), // PBKDF2
    sequence(
      octets(salt),
      der(0x02, Buffer.from(ITERATIONS.toString(16).padStart(6, '0'), 'hex')),
      sequence(oid('1.2.840.113549.2.9'), der(0x05)), // HMAC with SHA-256
    ),
  );
  const scheme = sequence(oid('2.16.840.1.101.3.4.1.42'), octets(iv)); // AES-256-CBC
  const algorithm = sequence(oid('1.2.840.113549.1.5.13'), sequence(kdf, scheme)); // PBES2
  const base64 = sequence(algorithm, octets(encrypted)).toString('base64');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return ['-----BEGIN ENCRYPTED PRIVATE KEY-----', ...lines, '-----END ENCRYPTED PRIVATE KEY-----', ''].join('\n');
}

/** One DER value (X.690 §8.1) of fewer than 65,536 bytes. */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Uint8Array[]): Buffer => der(0x30, ...parts);
const octets = (bytes: Uint8Array): Buffer => der(0x04, bytes);

/** X.690 §8.19: base 128, and the first two numbers share one. */
function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((number) => {
    const digits = [number & 0x7f];
    for (let left = number >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
    return digits;
  });
  return der(0x06, Uint8Array.from(bytes));
}
