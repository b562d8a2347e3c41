/** Bodies of 256 bytes, compared with vectors of another implementation. */
import { fromHex, toHex } from '@lodestone/protocol/bytes';
import { printSignal, type Signal } from '@lodestone/protocol/signal';
import { beforeAll, describe, expect, test } from 'vitest';
import { importPrivateKeys, openSignal, type PrivateKeys, sealSignal, type SignalSuite } from '@lodestone/seal';
import { withEphemeral } from './fixed-ephemeral.ts';
import { privateKey, publicKey } from './receiver.ts';
import vectors from './vectors/signal-v1.json' with { type: 'json' };

let keys: PrivateKeys;
let suite: SignalSuite;
beforeAll(async () => {
  keys = await importPrivateKeys([privateKey]);
  suite = await withEphemeral(vectors.ephemeral);
});

/** The vector's hex fields, which are bytes in a signal. */
const BYTES = ['signalId', 'pseudonym', 'signature', 'confirmModel'];
const read = (json: object): Signal =>
  Object.fromEntries(
    Object.entries(json).map(([key, value]) => [key, BYTES.includes(key) ? fromHex(String(value)) : value]),
  ) as unknown as Signal;

describe.each(vectors.cases)('$name', ({ signal, plaintext, body }) => {
  test('prints as the 192 bytes of the vector', () => {
    expect(toHex(printSignal(read(signal)))).toBe(plaintext);
  });
  test('seals to the 256 bytes of the vector', async () => {
    expect(toHex(await sealSignal(read(signal), publicKey, suite))).toBe(body);
  });
  test('opens', async () => {
    expect(await openSignal(fromHex(body), keys)).toEqual({ signal: read(signal), keyId: 7 });
  });
});
