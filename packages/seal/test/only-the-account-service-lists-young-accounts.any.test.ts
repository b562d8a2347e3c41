/** A list of young accounts opens only as the account service signed it, and only in one form. */
import { fromUtf8, utf8 } from '@lodestone/protocol/bytes';
import type { YoungAccounts } from '@lodestone/protocol/young-accounts';
import { beforeAll, expect, test } from 'vitest';
import {
  generateSubjectKey,
  importSubjectKey,
  importSubjectPublicKey,
  openYoungAccounts,
  signYoungAccounts,
} from '../src/index.ts';

const LIST = { number: 7, day: '2026-11-24', youngerThanDays: 30, pseudonyms: ['bb'.repeat(16), 'aa'.repeat(16)] };
let file: YoungAccounts;
let keys: CryptoKey[];
beforeAll(async () => {
  const pair = await generateSubjectKey();
  const other = await generateSubjectKey();
  keys = [await importSubjectPublicKey(other.publicKey), await importSubjectPublicKey(pair.publicKey)];
  const bytes = await signYoungAccounts(await importSubjectKey(pair.privateKey), LIST);
  file = JSON.parse(fromUtf8(bytes)) as YoungAccounts;
});
const open = (changed: unknown, by = keys) => openYoungAccounts(by, utf8(JSON.stringify(changed)));

test('it opens with the key that signed it, in the order of its pseudonyms', async () => {
  expect(await open(file)).toEqual({ ...LIST, pseudonyms: LIST.pseudonyms.toReversed() });
  await expect(open(file, keys.slice(0, 1))).rejects.toMatchObject({ code: 'ERR_SUBJECT' });
});

test.each([
  ['another number', { number: 8 }],
  ['another day', { day: '2026-11-25' }],
  ['another age', { youngerThanDays: 31 }],
  ['one pseudonym less', { pseudonyms: ['aa'.repeat(16)] }],
])('it does not open with %s', async (_, change) => {
  await expect(open({ ...file, list: { ...file.list, ...change } })).rejects.toMatchObject({ code: 'ERR_SUBJECT' });
});

test.each([
  ['pseudonyms in another order', { pseudonyms: LIST.pseudonyms }],
  ['a pseudonym twice', { pseudonyms: ['aa'.repeat(16), 'aa'.repeat(16)] }],
  ['a pseudonym that is too short', { pseudonyms: ['aa'] }],
  ['a day that does not exist', { day: '2026-02-30' }],
  ['an age of no days', { youngerThanDays: 0 }],
  ['an unknown key', { more: 1 }],
])('it does not parse with %s', async (_, change) => {
  await expect(open({ ...file, list: { ...file.list, ...change } })).rejects.toMatchObject({ code: 'ERR_SCHEMA' });
});

test('one of too many accounts is not signed', async () => {
  const key = await importSubjectKey((await generateSubjectKey()).privateKey);
  const pseudonyms = Array.from({ length: 100_001 }, (_, i) => i.toString(16).padStart(32, '0'));
  await expect(signYoungAccounts(key, { ...LIST, pseudonyms })).rejects.toMatchObject({ code: 'ERR_SCHEMA' });
  expect((await signYoungAccounts(key, { ...LIST, pseudonyms: pseudonyms.slice(1) })).length).toBeLessThan(4_194_304);
});
