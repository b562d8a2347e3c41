import { LodestoneError } from '@lodestone/protocol/error';
import { KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke';
import { expect, test } from 'vitest';
import { importPrivateKeys, openSignal, sealSignal, signalSuite, type SignalSuite } from '@lodestone/seal';
import { privateKey, publicKey } from './receiver.ts';

/** A suite whose first attempts fail; `attempts` counts all. */
function failing(times: number): { suite: SignalSuite; attempts: () => number } {
  const kem = KEM_DHKEM_X25519_HKDF_SHA256();
  let attempts = 0;
  const suite = signalSuite(() => ({
    ...kem,
    GenerateKeyPair: (extractable) =>
      attempts++ < times
        ? Promise.reject(new DOMException('the engine failed', 'OperationError'))
        : kem.GenerateKeyPair(extractable),
  }));
  return { suite, attempts: () => attempts };
}

test.each([1, 2, 5])('after %i failed attempts the signal is still sealed', async (times) => {
  const { suite, attempts } = failing(times);
  const body = await sealSignal({ kind: 'cover' }, publicKey, suite);
  expect(attempts()).toBeGreaterThan(times);
  expect(await openSignal(body, await importPrivateKeys([privateKey]))).toMatchObject({ keyId: publicKey.id });
});

test('an engine that never succeeds is an error with its cause after eight attempts', async () => {
  const { suite, attempts } = failing(Number.POSITIVE_INFINITY);
  const error: unknown = await sealSignal({ kind: 'cover' }, publicKey, suite).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LodestoneError);
  expect(error).toMatchObject({ code: 'ERR_KEYS', cause: { cause: { name: 'OperationError' } } });
  expect(attempts()).toBe(8);
});

test('this engine seals 200 signals in a row', async () => {
  const bodies = await Promise.all(Array.from({ length: 200 }, () => sealSignal({ kind: 'cover' }, publicKey)));
  expect(new Set(bodies.map(({ length }) => length))).toEqual(new Set([256]));
});
