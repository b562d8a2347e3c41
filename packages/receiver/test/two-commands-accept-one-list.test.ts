/** Two commands that accept a signed list at the same moment: the older one never replaces the newer one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateSubjectKey, importSubjectKey, signYoungAccounts } from '@lodestone/seal';
import { expect, test } from 'vitest';
import { addSubjectKey } from '../src/keys/subject-keys.ts';
import { acceptYoungAccounts, readYoungAccounts } from '../src/keys/young-accounts.ts';

test('of two lists at once one is accepted and stored, and the other is refused with the reason', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'receiver-lists-'));
  try {
    const { publicKey, privateKey } = await generateSubjectKey();
    await addSubjectKey(dataDir, publicKey);
    const key = await importSubjectKey(privateKey);
    const accept = async (number: number): Promise<number> => {
      const list = { number, day: '2026-11-24', youngerThanDays: 30, pseudonyms: [] };
      const bytes = await signYoungAccounts(key, list);
      return (await acceptYoungAccounts(dataDir, bytes, Date.UTC(2026, 10, 24))).number;
    };
    for (const number of [1, 3, 5, 7]) {
      const both = await Promise.allSettled([accept(number + 1), accept(number)]);
      const accepted = both.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      expect((await readYoungAccounts(dataDir))?.number).toBe(Math.max(...accepted));
      for (const each of both)
        if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'ERR_RECEIVER' });
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});
