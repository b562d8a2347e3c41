/** An engine that now and then fails to make a key pair (WebKitGTK does) costs no signal; one that always fails is an error. */
import { LodestoneError } from '@lodestone/protocol/error';
import { KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke';
import { expect, test } from 'vitest';
import { importPrivateKeys, openSignal, sealSignal, signalSuite, type SignalSuite } from '@lodestone/seal';
import { privateKey, publicKey } from './receiver.ts';

/** A suite whose first draws fail; `draws` counts all. */
function failing(times: number): { suite: SignalSuite; draws: () => number } {
  const kem = KEM_DHKEM_X25519_HKDF_SHA256();
  let draws = 0;
  const suite = signalSuite(() => ({
    ...kem,
    GenerateKeyPair: (extractable) =>
      draws++ < times
        ? Promise.reject(new DOMException('the engine failed', 'OperationError'))
        : kem.GenerateKeyPair(extractable),
  }));
  return { suite, draws: () => draws };
}

test.each([1, 2, 5])('%i failed draws are one more draw each, and the signal is sealed', async (times) => {
  const { suite, draws } = failing(times);
  const body = await sealSignal({ kind: 'cover' }, publicKey, suite);
  expect(draws()).toBeGreaterThan(times);
  expect(await openSignal(body, await importPrivateKeys([privateKey]))).toMatchObject({ keyId: publicKey.id });
});

test('an engine that never succeeds is asked eight times, then it is an error with its cause', async () => {
  const { suite, draws } = failing(Number.POSITIVE_INFINITY);
  const error: unknown = await sealSignal({ kind: 'cover' }, publicKey, suite).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LodestoneError);
  expect(error).toMatchObject({ code: 'ERR_KEYS', cause: { cause: { name: 'OperationError' } } });
  expect(draws()).toBe(8);
});

test('200 signals in a row are sealed by this engine', async () => {
  const bodies = await Promise.all(Array.from({ length: 200 }, () => sealSignal({ kind: 'cover' }, publicKey)));
  expect(new Set(bodies.map(({ length }) => length))).toEqual(new Set([192]));
});
