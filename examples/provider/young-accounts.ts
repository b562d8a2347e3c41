/**
 * Signs the list of young accounts, by which the receiver counts how many subjects of a flood have an older one. Run it each day, whether or
 * not something matched: the receiver is not asked, and asks nothing. Usage: node young-accounts.ts FOLDER DAYS > young-accounts.json
 * Spec: docs/design/contracts.md#young-accounts
 */
import { readFileSync } from 'node:fs';
import { importSubjectKey, signYoungAccounts } from '@lodestone/seal';

const [folder = '.', days = '30'] = process.argv.slice(2);
const read = <T>(name: string): T => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as T;
const youngerThanDays = Number(days);
const today = Math.floor(Date.now() / 86_400_000);
const dateOf = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

const accounts = Object.values(read<Record<string, { pseudonym: string; since: string }>>('accounts.json'));
const young = accounts.filter(({ since }) => since > dateOf(today - youngerThanDays));
const list = {
  number: today, // rises by itself: one list a day
  day: dateOf(today),
  youngerThanDays,
  pseudonyms: young.map(({ pseudonym }) => pseudonym),
};
const key = await importSubjectKey(read<{ privateKey: string }>('subject-key.json').privateKey);
process.stdout.write(await signYoungAccounts(key, list));
