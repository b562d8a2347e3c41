/** The receiver finds a body's key by trying its private keys, newest first; the body does not tell which one it is. */
import { concatBytes, fromHex, toHex, utf8 } from '@lodestone/protocol/bytes';
import { printSignalHeader, SIGNAL_INFO } from '@lodestone/protocol/signal';
import { toInstant } from '@lodestone/protocol/time';
import { expect, test } from 'vitest';
import {
  importPrivateKeys,
  openSignal,
  type PrivateKeys,
  type ReceiverPrivateKey,
  sealSignal,
  SIGNAL_SUITE,
} from '@lodestone/seal';
import { privateKey } from './receiver.ts';
import vectors from './vectors/signal-v1.json' with { type: 'json' };

const DAY = 86_400_000;
/** Fixed, because WebKitGTK refuses to import some generated keys. */
const second: ReceiverPrivateKey = {
  id: 8,
  publicKey: vectors.ephemeral.publicKey,
  privateKey: vectors.ephemeral.privateKey,
  notBefore: toInstant(Date.parse(privateKey.notBefore) + DAY),
  notAfter: toInstant(Date.parse(privateKey.notBefore) + 90 * DAY),
};
const keys = await importPrivateKeys([privateKey, second]);

/** The suite; `tried` has the public key of each attempt to decrypt. */
function recording(): { suite: typeof SIGNAL_SUITE; tried: unknown[] } {
  const tried: unknown[] = [];
  const suite = new Proxy(SIGNAL_SUITE, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (name === 'Open') tried.push(args[0]);
        return Reflect.apply(value, target, args) as unknown;
      };
    },
  });
  return { suite, tried };
}
const pairOf = (of: PrivateKeys, id: number) => of.find((key) => key.id === id)?.pair;

test('bodies for different keys have the same header', async () => {
  const bodies = [await sealSignal({ kind: 'cover' }, privateKey), await sealSignal({ kind: 'cover' }, second)];
  for (const body of bodies) expect(toHex(body.subarray(0, 16))).toBe(`01${'00'.repeat(15)}`);
});

test('imported keys are sorted newest first', () => {
  expect(keys.map(({ id }) => id)).toEqual([8, 7]);
});

test('a body opens with whichever key it was sealed to, and reports the key', async () => {
  for (const key of [privateKey, second]) {
    const body = await sealSignal({ kind: 'cover' }, key);
    expect(await openSignal(body, keys)).toEqual({ signal: { kind: 'cover' }, keyId: key.id });
  }
});

test('keys are tried newest first, until one decrypts', async () => {
  const { suite, tried } = recording();
  await openSignal(await sealSignal({ kind: 'cover' }, second), keys, suite);
  expect(tried).toEqual([pairOf(keys, 8)]);
  await openSignal(await sealSignal({ kind: 'cover' }, privateKey), keys, suite);
  expect(tried.slice(1)).toEqual([pairOf(keys, 8), pairOf(keys, 7)]);
});

test('a body that opens but is not a signal is malformed, and no further key is tried', async () => {
  const header = printSignalHeader();
  const recipient = await SIGNAL_SUITE.DeserializePublicKey(fromHex(second.publicKey));
  const { encapsulatedSecret, ciphertext } = await SIGNAL_SUITE.Seal(recipient, new Uint8Array(192), {
    info: utf8(SIGNAL_INFO),
    aad: header,
  });
  const { suite, tried } = recording();
  await expect(openSignal(concatBytes(header, encapsulatedSecret, ciphertext), keys, suite)).rejects.toMatchObject({
    code: 'ERR_SIGNAL_FORMAT',
  });
  expect(tried).toEqual([pairOf(keys, 8)]);
});

test('a body that no key decrypts is tried with every key', async () => {
  const body = Uint8Array.from(await sealSignal({ kind: 'cover' }, second), (byte, i) => (i === 255 ? byte ^ 1 : byte));
  const { suite, tried } = recording();
  await expect(openSignal(body, keys, suite)).rejects.toMatchObject({ code: 'ERR_SIGNAL_OPEN' });
  expect(tried).toHaveLength(2);
});
