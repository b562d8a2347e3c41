/**
 * The commands about the account service: `subject-keys` manages the public keys that verify subject ids, `revoke` and
 * `young-accounts` accept its signed lists. Flow: program → here → keys. Spec: docs/design/receiver.md#subject-keys.
 */
import { readFile } from 'node:fs/promises';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Command } from 'commander';
import { acceptRevocations } from '../keys/revocations.ts';
import { addSubjectKey, createSubjectKey, readSubjectKeys, removeSubjectKey } from '../keys/subject-keys.ts';
import { acceptYoungAccounts } from '../keys/young-accounts.ts';

const DATA = ['--data <dir>', 'data folder of the receiver'] as const;
const print = (keys: readonly string[]): void => {
  for (const key of keys) console.log(key);
};

export function addSubjectCommands(lodestone: Command): void {
  const subjectKeys = lodestone
    .command('subject-keys')
    .description(
      'manage the public keys that verify the account service’s subject ids; a running receiver loads a change at its next refresh',
    );
  subjectKeys
    .command('generate <file>')
    .description('create a key pair for the account service in a new file, and print the public key; run it there')
    .action(async (file: string) => {
      console.log(await createSubjectKey(file));
      console.error(`${file}: secret. Only the account service may read it; the receiver needs the public key only.`);
    });
  subjectKeys
    .command('import <public-key>')
    .description(
      'add a public key (64 hex digits) and print all; up to four are live, so that the service can change its key',
    )
    .requiredOption(...DATA)
    .action(async (publicKey: string, { data }: { data: string }) => print(await addSubjectKey(data, publicKey)));
  subjectKeys
    .command('remove <public-key>')
    .description('remove a public key and print the others; ids that it signed are rejected from then on')
    .requiredOption(...DATA)
    .action(async (publicKey: string, { data }: { data: string }) => print(await removeSubjectKey(data, publicKey)));
  subjectKeys
    .command('list')
    .description('print the public keys')
    .requiredOption(...DATA)
    .action(async ({ data }: { data: string }) => print(await readSubjectKeys(data)));
  lodestone
    .command('revoke <file>')
    .description('accept the account service’s signed list of revoked pseudonyms, which replaces the one before')
    .requiredOption(...DATA)
    .action(async (file: string, { data }: { data: string }) => {
      const { number, pseudonyms } = await acceptRevocations(data, await readBytes(file));
      console.log(`List ${number} accepted: ${pseudonyms.length} pseudonyms are revoked.`);
    });
  lodestone
    .command('young-accounts <file>')
    .description(
      'accept the account service’s signed list of young accounts, which replaces the one before; the console counts the others in floods',
    )
    .requiredOption(...DATA)
    .action(async (file: string, { data }: { data: string }) => {
      const { number, day, youngerThanDays } = await acceptYoungAccounts(data, await readBytes(file), Date.now());
      console.log(`List ${number} accepted: accounts younger than ${youngerThanDays} days on ${day}.`);
    });
}

async function readBytes(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => {
    throw new LodestoneError('ERR_RECEIVER', `cannot read ${file}`, { cause });
  });
}
