import { concatBytes, fromHex, utf8 } from '@lodestone/protocol/bytes';
import type { ErrorCode } from '@lodestone/protocol/error';
import { toInstant } from '@lodestone/protocol/time';
import { SIGNAL_INFO, printSignalHeader } from '@lodestone/protocol/signal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  generateReceiverKey,
  importPrivateKeys,
  openSignal,
  restoreSealed,
  sealSignal,
  SIGNAL_SUITE,
} from '@lodestone/seal';
import { bytes } from '@lodestone/testkit/arbitrary';
import { privateKey, publicKey } from './receiver.ts';

const [began, ended] = [toInstant(0), toInstant(90 * 86_400_000)];
const own = { publicKey, privateKey };
const other = await generateReceiverKey(2, began, ended);
const keys = await importPrivateKeys([own.privateKey]);
const body = await sealSignal({ kind: 'cover' }, own.publicKey);

const refused = async (promise: Promise<unknown>, ...codes: ErrorCode[]): Promise<void> => {
  const error: unknown = await promise.then(
    () => 'it was accepted',
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: 'LodestoneError', code: expect.toSatisfy((code) => codes.includes(code)) });
};

/** A correctly encrypted body with this plaintext. */
async function sealed(plaintext: Uint8Array): Promise<Uint8Array> {
  const header = printSignalHeader();
  const recipient = await SIGNAL_SUITE.DeserializePublicKey(fromHex(own.publicKey.publicKey));
  const { encapsulatedSecret, ciphertext } = await SIGNAL_SUITE.Seal(recipient, plaintext, {
    info: utf8(SIGNAL_INFO),
    aad: header,
  });
  return concatBytes(header, encapsulatedSecret, ciphertext);
}

describe('openSignal', () => {
  test.each([0, 1, 16, 48, 192, 255, 257, 4096])('refuses a body of %i bytes', async (length) => {
    await refused(openSignal(new Uint8Array(length).fill(1), keys), 'ERR_SIGNAL_FORMAT');
  });

  test('refuses a body with any header bit changed', async () => {
    for (let bit = 0; bit < 128; bit++) {
      const changed = Uint8Array.from(body, (byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      await refused(openSignal(changed, keys), 'ERR_SIGNAL_FORMAT');
    }
  });

  test('refuses a body with any one bit changed after the header', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 128, max: 256 * 8 - 1 }), async (bit) => {
        const changed = Uint8Array.from(body, (byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
        await refused(openSignal(changed, keys), 'ERR_SIGNAL_OPEN');
      }),
      { numRuns: 100 },
    );
  });

  test('refuses random bytes after a valid header', async () => {
    await fc.assert(
      fc.asyncProperty(bytes(240), async (rest) => {
        await refused(openSignal(concatBytes(body.subarray(0, 16), rest), keys), 'ERR_SIGNAL_OPEN');
      }),
      { numRuns: 40 },
    );
  });

  test('refuses an enc of low order, which would make the shared secret public', async () => {
    for (const first of [0, 1]) {
      const changed = new Uint8Array(body);
      changed.fill(0, 16, 48);
      changed[16] = first;
      await refused(openSignal(changed, keys), 'ERR_SIGNAL_OPEN');
    }
  });

  test('refuses a signal for a key that the receiver does not have', async () => {
    await refused(openSignal(await sealSignal({ kind: 'cover' }, other.publicKey), keys), 'ERR_SIGNAL_OPEN');
    await refused(openSignal(body, []), 'ERR_SIGNAL_OPEN');
  });

  test('refuses a correctly encrypted plaintext that is not a signal', async () => {
    await refused(openSignal(await sealed(new Uint8Array(192)), keys), 'ERR_SIGNAL_FORMAT');
    const cover = new Uint8Array(192);
    cover.set([1, 3]);
    expect(await openSignal(await sealed(cover), keys)).toEqual({ signal: { kind: 'cover' }, keyId: publicKey.id });
    cover[191] = 1;
    await refused(openSignal(await sealed(cover), keys), 'ERR_SIGNAL_FORMAT');
  });
});

describe('restoreSealed', () => {
  test.each([0, 192, 255, 257])('refuses %i bytes', (length) => {
    expect(() => restoreSealed(new Uint8Array(length).fill(1))).toThrow(
      expect.objectContaining({ code: 'ERR_SIGNAL_FORMAT' }),
    );
  });
  test('refuses another version and non-zero reserved bytes', () => {
    for (const [at, value] of [
      [0, 2],
      [1, 1],
      [2, 1],
      [15, 255],
    ] as const) {
      const changed = new Uint8Array(body);
      changed[at] = value;
      expect(() => restoreSealed(changed)).toThrow(expect.objectContaining({ code: 'ERR_SIGNAL_FORMAT' }));
    }
  });
});

describe('keys', () => {
  test('a public key of low order or of another length is refused', async () => {
    for (const publicKey of ['00'.repeat(32), `01${'00'.repeat(31)}`, 'ab'.repeat(31), '']) {
      await refused(sealSignal({ kind: 'cover' }, { ...own.publicKey, publicKey }), 'ERR_KEYS');
    }
  });
  test('a private key that does not match its public key is not imported', async () => {
    const mixed = { ...own.privateKey, publicKey: other.publicKey.publicKey };
    await refused(importPrivateKeys([mixed]), 'ERR_KEYS');
  });
  test('a fifth key is not imported', async () => {
    const five = Array.from({ length: 5 }, (_, i) => ({ ...own.privateKey, id: i + 1 }));
    await refused(importPrivateKeys(five), 'ERR_KEYS');
  });
  test('two keys with the same id are not imported', async () => {
    await refused(importPrivateKeys([own.privateKey, own.privateKey]), 'ERR_KEYS');
  });
  test('no key is generated that lasts longer than 90 days', async () => {
    await refused(generateReceiverKey(1, began, toInstant(90 * 86_400_000 + 1_000)), 'ERR_SCHEMA');
  });
  test.each([0, 256, 1.5, -1])('no key is generated with the id %d', async (id) => {
    await refused(generateReceiverKey(id, began, ended), 'ERR_SCHEMA');
  });
  test('a generated public key has only the members of the signed document', () => {
    expect(Object.keys(own.publicKey)).toEqual(['id', 'publicKey', 'notBefore', 'notAfter']);
  });
});
