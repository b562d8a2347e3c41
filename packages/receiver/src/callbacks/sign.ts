/**
 * Signs callbacks, and verifies them at the account service, by the Standard Webhooks scheme 1.0 (symmetric): HMAC-SHA256 over
 * id, timestamp and body. Flow: deliver → here → account service. Spec: docs/design/receiver.md#callbacks
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { LodestoneError } from '@lodestone/protocol/error';

const SECRET = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/;
/** An older or newer message is refused, so that a recorded one cannot be sent again later. */
const TOLERANCE_S = 300;

export interface CallbackHeaders {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
}

/** The same for each attempt, so that the account service recognises a repeated message. */
export function callbackId(): string {
  return `msg_${randomBytes(18).toString('base64url')}`;
}

/** @param secret `whsec_` and 24 to 64 random bytes in base64. @throws {LodestoneError} `ERR_RECEIVER`; the message does not quote it */
export function callbackKey(secret: string): Uint8Array {
  const key = Buffer.from(SECRET.exec(secret)?.[1] ?? '', 'base64');
  if (key.length < 24 || key.length > 64)
    throw new LodestoneError('ERR_RECEIVER', 'a callback secret is whsec_ and 24 to 64 random bytes in base64');
  return key;
}

export function signCallback(secret: string, id: string, body: string, now: number): CallbackHeaders {
  const timestamp = String(Math.floor(now / 1_000));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${hmac(secret, id, timestamp, body).toString('base64')}`,
  };
}

/** Whether a callback is the receiver's, and of these minutes. Several signatures may be given while the secret changes. */
export function verifyCallback(secret: string, headers: Headers, body: string, now: number): boolean {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(
    (name) => headers.get(name) ?? '',
  ) as [string, string, string];
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now / 1_000 - Number(timestamp)) > TOLERANCE_S) return false;
  const expected = hmac(secret, id, timestamp, body);
  return signatures.split(' ').some((each) => {
    const given = Buffer.from(each.startsWith('v1,') ? each.slice(3) : '', 'base64');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

function hmac(secret: string, id: string, timestamp: string, body: string): Buffer {
  return createHmac('sha256', callbackKey(secret)).update(`${id}.${timestamp}.${body}`).digest();
}
