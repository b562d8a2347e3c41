/** A revocation list is valid only with the signature of a live subject key, and no id's signature passes as one. */
import { fromHex } from '@lodestone/protocol/bytes';
import { parseRevocations, printRevocations } from '@lodestone/protocol/revocations';
import { expect, test } from 'vitest';
import { importSubjectKey, importSubjectPublicKey, openRevocations, signRevocations } from '@lodestone/seal';
import vector from './vectors/subject-ids-v1.json' with { type: 'json' };

const pseudonyms = [2, 1, 3].map((n) => new Uint8Array(16).fill(n));
const signed = async () => signRevocations(await importSubjectKey(vector.privateKey), 5, pseudonyms);
const publicKey = () => importSubjectPublicKey(vector.publicKey);

test('a signed list opens with its key, sorted', async () => {
  const { number, pseudonyms: opened } = await openRevocations([await publicKey()], await signed());
  expect([number, opened.map(([first]) => first)]).toEqual([5, [1, 2, 3]]);
});

test('a list with any one bit changed is refused', async () => {
  const [list, keys] = [await signed(), [await publicKey()]];
  for (let bit = 0; bit < list.length * 8; bit++) {
    const changed = list.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    await expect(openRevocations(keys, changed)).rejects.toMatchObject({ code: 'ERR_SUBJECT' });
  }
});

test('a list without a live key, or with the signature of a subject id, is refused', async () => {
  await expect(openRevocations([], await signed())).rejects.toMatchObject({ code: 'ERR_SUBJECT' });
  const list = parseRevocations(await signed());
  const stolen = printRevocations({ ...list, signature: fromHex(vector.signature) });
  await expect(openRevocations([await publicKey()], stolen)).rejects.toMatchObject({ code: 'ERR_SUBJECT' });
});

test('a pseudonym that appears twice is an error', async () => {
  const twice = [...pseudonyms, new Uint8Array(16).fill(1)];
  await expect(signRevocations(await importSubjectKey(vector.privateKey), 1, twice)).rejects.toMatchObject({
    code: 'ERR_SUBJECT',
  });
});
