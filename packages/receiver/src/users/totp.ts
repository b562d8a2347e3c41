/**
 * The second factor: codes of six digits from an authenticator (TOTP, RFC 6238). Flow: sign-in, set-up → here.
 * Spec: docs/design/receiver.md#sign-in
 */
import { hkdfSync } from 'node:crypto';
import type { Name } from '@lodestone/protocol/name';
import { Secret, TOTP } from 'otpauth';

/** What authenticators support, and RFC 4226 asks for. */
export const TOTP_SECRET_BYTES = 20;
const STEP_MS = 30_000;

/**
 * What a link offers. The database has the salt, and the link the token: neither alone is the secret, and the salt is deleted when the
 * link is used.
 */
export function offeredTotpSecret(token: string, salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', token, salt, 'lodestone/totp-set-up/v1', TOTP_SECRET_BYTES));
}

/** @returns the time step of the code, at most one before or after that of `now`; undefined for a wrong code */
export function totpStep(secret: Uint8Array, code: string, now: number): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const delta = totp(secret).validate({ token: code, timestamp: now, window: 1 });
  return delta === null ? undefined : Math.floor(now / STEP_MS) + delta;
}

/** What an authenticator reads: the address of the QR code, and the secret to type. */
export function totpSetUp(secret: Uint8Array, name: Name): { uri: string; base32: string } {
  const shared = totp(secret, name);
  return { uri: shared.toString(), base32: shared.secret.base32 };
}

/** The code that an authenticator shows, for tests. */
export function totpCode(secret: Uint8Array, now: number): string {
  return totp(secret).generate({ timestamp: now });
}

function totp(secret: Uint8Array, label = ''): TOTP {
  return new TOTP({
    issuer: 'Lodestone receiver',
    label,
    secret: new Secret({ buffer: new Uint8Array(secret).buffer }),
  });
}
