/** A subject that the account service issued passes; any other does not. */
import { fromHex, toHex } from '@lodestone/protocol/bytes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkSubject, issueSubject } from '@lodestone/seal';
import { bytes } from './arbitrary.ts';
import vector from './vectors/subject-v1.json' with { type: 'json' };

const key = fromHex(vector.key);

test('the vector that another implementation made', async () => {
  expect(toHex(await issueSubject(key, fromHex(vector.pseudonym)))).toBe(vector.subject);
  expect(await checkSubject(key, fromHex(vector.subject))).toBe(true);
});

test('what is issued passes under its key and no other', async () => {
  await fc.assert(
    fc.asyncProperty(bytes(32), bytes(32), bytes(16), async (mine, theirs, pseudonym) => {
      fc.pre(toHex(mine) !== toHex(theirs));
      const subject = await issueSubject(mine, pseudonym);
      expect(subject.length).toBe(32);
      expect(await checkSubject(mine, subject)).toBe(true);
      expect(await checkSubject(theirs, subject)).toBe(false);
    }),
    { numRuns: 50 },
  );
});

test('each single bit changed is refused', async () => {
  const subject = fromHex(vector.subject);
  for (let bit = 0; bit < 256; bit++) {
    const changed = Uint8Array.from(subject, (byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    expect(await checkSubject(key, changed)).toBe(false);
  }
});

test('the zeros of an order without subject are no subject', async () => {
  expect(await checkSubject(key, new Uint8Array(32))).toBe(false);
});

test.each([0, 16, 31, 33])('a subject of %i bytes is refused', async (length) => {
  expect(await checkSubject(key, new Uint8Array(length))).toBe(false);
});

test('another length of key or pseudonym is a fault of the caller', async () => {
  for (const [wrongKey, pseudonym] of [
    [new Uint8Array(31), new Uint8Array(16)],
    [new Uint8Array(0), new Uint8Array(16)],
    [key, new Uint8Array(15)],
    [key, new Uint8Array(32)],
  ] as const) {
    await expect(issueSubject(wrongKey, pseudonym)).rejects.toMatchObject({ code: 'ERR_SUBJECT' });
  }
  await expect(checkSubject(new Uint8Array(16), new Uint8Array(32))).rejects.toMatchObject({ code: 'ERR_SUBJECT' });
});
