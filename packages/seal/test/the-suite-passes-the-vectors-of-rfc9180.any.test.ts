import { fromHex, toHex } from '@lodestone/protocol/bytes';
import { expect, test } from 'vitest';
import { SIGNAL_SUITE } from '@lodestone/seal';
import { withEphemeral } from './fixed-ephemeral.ts';
import vector from './vectors/rfc9180-a1.json' with { type: 'json' };

const options = { info: fromHex(vector.info), aad: fromHex(vector.aad) };

test('A.1.1: Seal with the vector’s ephemeral key returns its enc and ct', async () => {
  const suite = await withEphemeral({ privateKey: vector.skEm, publicKey: vector.pkEm });
  const sealed = await suite.Seal(await suite.DeserializePublicKey(fromHex(vector.pkRm)), fromHex(vector.pt), options);
  expect(toHex(sealed.encapsulatedSecret)).toBe(vector.pkEm);
  expect(toHex(sealed.ciphertext)).toBe(vector.ct);
});

test('A.1.1: Open returns the plaintext', async () => {
  const pair = {
    privateKey: await SIGNAL_SUITE.DeserializePrivateKey(fromHex(vector.skRm)),
    publicKey: await SIGNAL_SUITE.DeserializePublicKey(fromHex(vector.pkRm)),
  };
  const plaintext = await SIGNAL_SUITE.Open(pair, fromHex(vector.pkEm), fromHex(vector.ct), options);
  expect(toHex(plaintext)).toBe(vector.pt);
});
