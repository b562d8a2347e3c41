/** What is sealed opens to the same signal; no two bodies share a byte pattern beyond the header. */
import { toHex } from '@lodestone/protocol/bytes';
import { printSignalHeader } from '@lodestone/protocol/signal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { importPrivateKeys, openSignal, restoreSealed, sealSignal } from '@lodestone/seal';
import { signals } from './arbitrary.ts';
import { privateKey, publicKey } from './receiver.ts';

const keys = await importPrivateKeys([privateKey]);

test('any signal comes back from 192 bytes, also by way of the outbox', async () => {
  await fc.assert(
    fc.asyncProperty(signals, async (signal) => {
      const sealed = await sealSignal(signal, publicKey);
      expect(sealed.length).toBe(192);
      const restored = restoreSealed(Uint8Array.from(sealed));
      expect(await openSignal(restored, keys)).toEqual({ signal, keyId: 7 });
    }),
    { numRuns: 60 },
  );
});

test('the same cover sealed twice differs in all but its header', async () => {
  const [a, b] = [await sealSignal({ kind: 'cover' }, publicKey), await sealSignal({ kind: 'cover' }, publicKey)];
  const header = toHex(printSignalHeader(7));
  for (const body of [a, b]) expect(toHex(body.subarray(0, 16))).toBe(header);
  expect(toHex(a.subarray(16, 48))).not.toBe(toHex(b.subarray(16, 48)));
  expect(toHex(a.subarray(48))).not.toBe(toHex(b.subarray(48)));
});

test('a restored body is a copy that its source no longer changes', async () => {
  const source = new Uint8Array(await sealSignal({ kind: 'cover' }, publicKey));
  const restored = restoreSealed(source);
  source.fill(0);
  expect(await openSignal(restored, keys)).toEqual({ signal: { kind: 'cover' }, keyId: 7 });
});

test('the private half cannot be exported once imported', () => {
  expect(keys.get(7)?.privateKey.extractable).toBe(false);
});
