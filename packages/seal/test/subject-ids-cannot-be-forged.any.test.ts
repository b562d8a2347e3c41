import { fromHex, toHex } from '@lodestone/protocol/bytes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verifySubjectId, issueSubjectId } from '@lodestone/seal';
import { bytes } from '@lodestone/testkit/arbitrary';
import vector from './vectors/subject-v1.json' with { type: 'json' };

const key = fromHex(vector.key);

test('the vector of another implementation matches', async () => {
  expect(toHex(await issueSubjectId(key, fromHex(vector.pseudonym)))).toBe(vector.subject);
  expect(await verifySubjectId(key, fromHex(vector.subject))).toBe(true);
});

test('an issued subject id verifies with its own key only', async () => {
  await fc.assert(
    fc.asyncProperty(bytes(32), bytes(32), bytes(16), async (mine, theirs, pseudonym) => {
      fc.pre(toHex(mine) !== toHex(theirs));
      const subjectId = await issueSubjectId(mine, pseudonym);
      expect(subjectId.length).toBe(32);
      expect(await verifySubjectId(mine, subjectId)).toBe(true);
      expect(await verifySubjectId(theirs, subjectId)).toBe(false);
    }),
    { numRuns: 50 },
  );
});

test('a subject id with any bit changed is refused', async () => {
  const subjectId = fromHex(vector.subject);
  for (let bit = 0; bit < 256; bit++) {
    const changed = Uint8Array.from(subjectId, (byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    expect(await verifySubjectId(key, changed)).toBe(false);
  }
});

test('the 32 zero bytes of an order without subject do not verify', async () => {
  expect(await verifySubjectId(key, new Uint8Array(32))).toBe(false);
});

test.each([0, 16, 31, 33])('a subject id of %i bytes is refused', async (length) => {
  expect(await verifySubjectId(key, new Uint8Array(length))).toBe(false);
});

test('a key or pseudonym of another length is an error', async () => {
  for (const [wrongKey, pseudonym] of [
    [new Uint8Array(31), new Uint8Array(16)],
    [new Uint8Array(0), new Uint8Array(16)],
    [key, new Uint8Array(15)],
    [key, new Uint8Array(32)],
  ] as const) {
    await expect(issueSubjectId(wrongKey, pseudonym)).rejects.toMatchObject({ code: 'ERR_SUBJECT' });
  }
  await expect(verifySubjectId(new Uint8Array(16), new Uint8Array(32))).rejects.toMatchObject({ code: 'ERR_SUBJECT' });
});
