import { toHex } from '@lodestone/protocol/bytes';
import { printSignalHeader } from '@lodestone/protocol/signal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { importPrivateKeys, openSignal, restoreSealed, sealSignal } from '@lodestone/seal';
import { signal as anySignal } from '@lodestone/testkit/arbitrary';
import { privateKey, publicKey } from './receiver.ts';

const keys = await importPrivateKeys([privateKey]);

test('any signal is sealed to 256 bytes and opens to the same signal, also after storage in the outbox', async () => {
  await fc.assert(
    fc.asyncProperty(anySignal, async (signal) => {
      const sealed = await sealSignal(signal, publicKey);
      expect(sealed.length).toBe(256);
      const restored = restoreSealed(Uint8Array.from(sealed));
      expect(await openSignal(restored, keys)).toEqual({ signal, keyId: 7 });
    }),
    { numRuns: 60 },
  );
});

test('two bodies of the same cover have only the header in common', async () => {
  const [a, b] = [await sealSignal({ kind: 'cover' }, publicKey), await sealSignal({ kind: 'cover' }, publicKey)];
  const header = toHex(printSignalHeader());
  for (const body of [a, b]) expect(toHex(body.subarray(0, 16))).toBe(header);
  expect(toHex(a.subarray(16, 48))).not.toBe(toHex(b.subarray(16, 48)));
  expect(toHex(a.subarray(48))).not.toBe(toHex(b.subarray(48)));
});

test('restoreSealed copies: later changes to its input do not change the body', async () => {
  const source = new Uint8Array(await sealSignal({ kind: 'cover' }, publicKey));
  const restored = restoreSealed(source);
  source.fill(0);
  expect(await openSignal(restored, keys)).toEqual({ signal: { kind: 'cover' }, keyId: 7 });
});

test('an imported private key cannot be exported', () => {
  expect(keys[0]?.pair.privateKey.extractable).toBe(false);
});
