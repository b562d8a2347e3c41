/** Signatures of callbacks: the vector of Standard Webhooks, and what is refused. Spec: docs/design/receiver.md#callbacks */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { callbackId, signCallback, verifyCallback } from '../src/callbacks/sign.ts';
import { ATTEMPTS, LONGEST_WAIT_MS, nextAttemptAt } from '../src/callbacks/schedule.ts';
import { RateLimit } from '../src/contests/rate-limit.ts';
import { contestSecretsFrom } from '../src/contests/secrets.ts';

/** Published with the reference libraries of Standard Webhooks. */
const VECTOR = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  body: '{"test": 2432232314}',
  now: 1_614_265_330_000,
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const { secret, id, body, now } = VECTOR;
const signed = (change: Record<string, string> = {}): Headers =>
  new Headers({ ...signCallback(secret, id, body, now), ...change });

test('the vector of Standard Webhooks is signed as published, and verifies', () => {
  expect(signCallback(secret, id, body, now)).toEqual({
    'webhook-id': id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': VECTOR.signature,
  });
  expect(verifyCallback(secret, signed(), body, now)).toBe(true);
  expect(verifyCallback(secret, signed({ 'webhook-signature': `v1,AAAA v2,x ${VECTOR.signature}` }), body, now)).toBe(
    true,
  );
});

test('another body, id, secret, time or signature does not verify, nor one of more than five minutes ago or ahead', () => {
  const other = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
  const refused: [string, Headers, string, number][] = [
    [secret, signed(), `${body} `, now],
    [other, signed(), body, now],
    [secret, signed({ 'webhook-id': 'msg_x' }), body, now],
    [secret, signed({ 'webhook-timestamp': '1614265331' }), body, now],
    [secret, signed({ 'webhook-timestamp': '' }), body, now],
    [secret, signed({ 'webhook-timestamp': '1e9' }), body, now],
    [secret, signed({ 'webhook-signature': '' }), body, now],
    [secret, signed({ 'webhook-signature': VECTOR.signature.slice(3) }), body, now],
    [secret, signed(), body, now + 301_000],
    [secret, signed(), body, now - 301_000],
    [secret, new Headers(), body, now],
  ];
  for (const each of refused) expect(verifyCallback(...each)).toBe(false);
});

test('any message verifies as signed, and no other', () => {
  const key = fc
    .uint8Array({ minLength: 24, maxLength: 64 })
    .map((bytes) => `whsec_${Buffer.from(bytes).toString('base64')}`);
  fc.assert(
    fc.property(key, fc.string(), fc.string(), (of, message, other) => {
      const headers = new Headers({ ...signCallback(of, callbackId(), message, now) });
      expect(verifyCallback(of, headers, message, now)).toBe(true);
      expect(verifyCallback(of, headers, other, now)).toBe(message === other);
    }),
  );
});

test('weak or malformed secrets are refused, and no error quotes one', () => {
  for (const [LODESTONE_RECEIVER_CONTEST_TOKEN, LODESTONE_RECEIVER_CALLBACK_SECRET] of [
    ['short-secret', undefined],
    ['secret '.repeat(9), undefined],
    [undefined, 'secret'],
    [undefined, 'whsec_c2VjcmV0'],
    [undefined, `whsec_${Buffer.alloc(65).toString('base64')}`],
  ]) {
    const read = () => contestSecretsFrom({ LODESTONE_RECEIVER_CONTEST_TOKEN, LODESTONE_RECEIVER_CALLBACK_SECRET });
    expect(read).toThrow(expect.objectContaining({ code: 'ERR_RECEIVER' }));
    expect(read).not.toThrow(/short-secret|secret secret|c2VjcmV0/);
  }
  expect(contestSecretsFrom({})).toEqual({ token: undefined, callbackSecret: undefined });
});

test('attempts are spread over more than three days, and none waits longer than the longest', () => {
  let at = 0;
  for (let attempts = 1; attempts < ATTEMPTS; attempts++) {
    const next = nextAttemptAt(attempts, at) ?? 0;
    expect(next - at).toBeGreaterThan(0);
    expect(next - at).toBeLessThan(LONGEST_WAIT_MS);
    at = next;
  }
  expect(at).toBeGreaterThan(3 * 86_400_000);
  expect(nextAttemptAt(ATTEMPTS, at)).toBeNull();
});

test('a limit allows its burst, then its rate, whenever requests come', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 1_000 }), { maxLength: 200 }), (gaps) => {
      const limit = new RateLimit({ perSecond: 2, burst: 5 });
      let [at, taken] = [0, 0];
      for (const gap of gaps) {
        at += gap;
        if (limit.take(at)) taken++;
        expect(taken).toBeLessThanOrEqual(5 + (at / 1_000) * 2 + 1e-6);
      }
    }),
  );
  const limit = new RateLimit({ perSecond: 2, burst: 5 });
  expect([1, 2, 3, 4, 5, 6].map(() => limit.take(0))).toEqual([true, true, true, true, true, false]);
  expect([limit.take(500), limit.take(500)]).toEqual([true, false]);
});
