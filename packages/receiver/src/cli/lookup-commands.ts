/** The commands with which two people ask the account service whose pseudonym it is. Flow: program → here → lookups/files. Spec: docs/design/contracts.md#look-up */
import { readFile } from 'node:fs/promises';
import { LodestoneError } from '@lodestone/protocol/error';
import { type Lookup, printLookup } from '@lodestone/protocol/lookup';
import type { Command } from 'commander';
import type { Database } from '../db/schema.ts';
import { createSubjectKey } from '../keys/subject-keys.ts';
import { causeCode } from '../log-safe-error.ts';
import { countersignLookup, requestLookup } from '../lookups/files.ts';
import { caseNumber, DATA, type DataOption, requiredToken, withDatabase } from './review-context.ts';
import { writeNew } from './write-new.ts';

interface LookupCommandOptions extends DataOption {
  key: string;
  out: string;
}

const KEY = ['--key <file>', 'your own key, as lookups key made it'] as const;
const OUT = ['--out <file>', 'a new file'] as const;

export function addLookupCommands(lodestone: Command): void {
  const lookups = lodestone
    .command('lookups')
    .description('ask the account service whose pseudonym it is; two people sign, and it answers elsewhere');
  lookups
    .command('key <file>')
    .description('create your key pair in a new file, and print the public key for the account service')
    .action(async (file: string) => {
      console.log(await createSubjectKey(file));
      console.error(`${file}: secret. Keep it where nobody else can read it.`);
    });
  lookups
    .command('request')
    .argument('<case>', 'number of a confirmed case', caseNumber)
    .description('write a request with your signature, and record it (reviewer, lead)')
    .requiredOption('--reason <text>', 'why the account has to be known; the account service reads it')
    .requiredOption(...KEY)
    .requiredOption(...OUT)
    .requiredOption(...DATA)
    .action(async (caseNo: number, { reason, key, out, ...options }: LookupCommandOptions & { reason: string }) => {
      const privateKey = await readKey(key);
      const asked = { caseNo, reason };
      await writeLookup(out, options, (db, token) => requestLookup(db, { token, privateKey }, asked, Date.now()));
      console.error(`${out} has your signature. An auditor or administrator signs it next.`);
    });
  lookups
    .command('sign')
    .argument('<request>', 'file with the first signature')
    .description('add the second signature, after you read the request, and record it (auditor, administrator)')
    .requiredOption(...KEY)
    .requiredOption(...OUT)
    .requiredOption(...DATA)
    .action(async (file: string, { key, out, ...options }: LookupCommandOptions) => {
      const [privateKey, bytes] = [await readKey(key), await read(file)];
      await writeLookup(out, options, (db, token) => countersignLookup(db, { token, privateKey }, bytes, Date.now()));
      console.error(`${out} has both signatures. Give it to the account service.`);
    });
}

async function writeLookup(
  file: string,
  options: DataOption,
  sign: (db: Database, token: string) => Promise<Lookup>,
): Promise<void> {
  const token = requiredToken();
  await writeNew(file, async () => {
    return printLookup(await withDatabase(options, (db) => sign(db, token)));
  });
}

/** The error quotes nothing of the file. */
async function readKey(file: string): Promise<string> {
  try {
    const { privateKey } = JSON.parse((await read(file)).toString()) as { privateKey?: unknown };
    if (typeof privateKey === 'string') return privateKey;
  } catch (error) {
    if (error instanceof LodestoneError) throw error;
  }
  throw new LodestoneError('ERR_RECEIVER', `${file} is no key file of lookups key`);
}

async function read(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: unknown) => {
    throw new LodestoneError('ERR_RECEIVER', `cannot read ${file} (${causeCode(cause)})`, { cause });
  });
}
