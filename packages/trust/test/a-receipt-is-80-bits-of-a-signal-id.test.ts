/** A receipt depends on the signal id alone. Spec: docs/design/outbox.md#notices */
import { fromHex, toHex } from '@lodestone/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { receiptOf } from '../src/receipt.ts';

const signalId = fc.uint8Array({ minLength: 16, maxLength: 16 });

describe('a receipt', () => {
  /** Python: `base64.b32encode(hashlib.sha256(bytes.fromhex(id)).digest()[:10])`, a hyphen after each four digits. */
  test.each([
    ['000102030405060708090a0b0c0d0e0f', 'XZC4-WJQF-X43L-5PPG'],
    ['ffffffffffffffffffffffffffffffff', 'LLDK-LFC7-CZIA-SEJB'],
  ])('of the signal id %s is %s', (id, receipt) => {
    expect(receiptOf(fromHex(id))).toBe(receipt);
  });
  test('differs for different signal ids, and is the same again for one', () => {
    fc.assert(
      fc.property(signalId, signalId, (one, other) => {
        expect(receiptOf(one) === receiptOf(other)).toBe(toHex(one) === toHex(other));
        expect(receiptOf(one)).toMatch(/^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/);
      }),
    );
  });
  test('differs for signal ids that differ in one bit', () => {
    fc.assert(
      fc.property(signalId, fc.nat({ max: 127 }), (id, bit) => {
        const other = id.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
        expect(receiptOf(other)).not.toBe(receiptOf(id));
      }),
    );
  });
});
