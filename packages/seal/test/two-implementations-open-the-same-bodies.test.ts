/** `openSignalSync` on `node:crypto` and `openSignal` on WebCrypto: the same signal, or the same refusal, for any body. */
import { concatBytes, fromHex, utf8 } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { printSignalHeader, SIGNAL_INFO } from '@lodestone/protocol/signal';
import { toInstant } from '@lodestone/protocol/time';
import { generateReceiverKey, importPrivateKeys, openSignal, sealSignal, SIGNAL_SUITE } from '@lodestone/seal';
import { importNodeKeys, openSignalSync } from '@lodestone/seal/node';
import { signal as anySignal } from '@lodestone/testkit/arbitrary';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const pairs = await Promise.all([1, 2, 3].map((id) => generateReceiverKey(id, toInstant(id * 1e9), toInstant(7e9))));
const [first, second, stranger] = pairs;
if (!first || !second || !stranger) throw new Error('no keys');
const stored = [first.privateKey, second.privateKey];
const [web, node] = [await importPrivateKeys(stored), await importNodeKeys(stored)];

/** What comes of a body: the signal and its key, or the error's code. */
const outcome = async (open: () => unknown): Promise<unknown> => {
  try {
    return await open();
  } catch (error) {
    if (error instanceof LodestoneError) return error.code;
    throw error;
  }
};
async function expectSame(body: Uint8Array): Promise<unknown> {
  const expected = await outcome(() => openSignal(body, web));
  expect(await outcome(() => openSignalSync(body, node))).toEqual(expected);
  return expected;
}

test('keys are tried newest first, in the order of importPrivateKeys', () => {
  expect(node.map(({ id }) => id)).toEqual(web.map(({ id }) => id));
  expect(node.map(({ id }) => id)).toEqual([2, 1]);
});

test('any signal, sealed to each key and to one that is not imported', async () => {
  await fc.assert(
    fc.asyncProperty(anySignal, fc.constantFrom(first, second, stranger), async (signal, to) => {
      const result = await expectSame(await sealSignal(signal, to.publicKey));
      expect(result).toEqual(to === stranger ? 'ERR_SIGNAL_OPEN' : { signal, keyId: to.publicKey.id });
    }),
    { numRuns: 40 },
  );
});

test('any one changed bit', async () => {
  const body = await sealSignal({ kind: 'cover' }, first.publicKey);
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 255 }), fc.nat({ max: 7 }), async (at, bit) => {
      const changed = body.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      // The highest bit of an X25519 key is not used (RFC 7748 §5), but enc is part of the context.
      expect(await expectSame(changed)).toMatch(/^ERR_SIGNAL_(OPEN|FORMAT)$/);
    }),
    { numRuns: 60 },
  );
});

test('random bytes, other lengths, and public keys of low order', async () => {
  const header = (await sealSignal({ kind: 'cover' }, first.publicKey)).subarray(0, 16);
  for (const length of [0, 1, 255, 257]) expect(await expectSame(new Uint8Array(length))).toBe('ERR_SIGNAL_FORMAT');
  for (const fill of [0, 1, 0xff]) {
    const body = new Uint8Array(256);
    body.set(header);
    body.fill(fill, 17, 48);
    expect(await expectSame(body)).toBe('ERR_SIGNAL_OPEN');
    body[16] = 1;
    expect(await expectSame(body)).toBe('ERR_SIGNAL_OPEN');
  }
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 240, maxLength: 240 }), async (random) => {
      const body = new Uint8Array(256);
      body.set(header);
      body.set(random, 16);
      expect(await expectSame(body)).toBe('ERR_SIGNAL_OPEN');
    }),
    { numRuns: 30 },
  );
});

test('a body that opens and is no signal is malformed, and no further key is tried', async () => {
  const aad = printSignalHeader();
  const to = await SIGNAL_SUITE.DeserializePublicKey(fromHex(second.publicKey.publicKey));
  const sealed = await SIGNAL_SUITE.Seal(to, new Uint8Array(192), { info: utf8(SIGNAL_INFO), aad });
  expect(await expectSame(concatBytes(aad, sealed.encapsulatedSecret, sealed.ciphertext))).toBe('ERR_SIGNAL_FORMAT');
});
