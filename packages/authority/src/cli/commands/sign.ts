/** `sign`: shows a holder what a draft changes, and adds the holder's signature. */
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { LodestoneError } from '@lodestone/protocol/error';
import { checkHolder } from '../../keys/holder.ts';
import type { Signer } from '../../keys/signer.ts';
import { describeReview } from '../../publication/describe.ts';
import { draftFolder } from '../../publication/draft.ts';
import { journalOf } from '../../publication/journal.ts';
import { reviewDraft } from '../../publication/review.ts';
import { signDraft } from '../../publication/sign.ts';
import { readBytes, readJson } from '../input.ts';
import {
  addPassphraseOption,
  addSignerOptions,
  openCommandSigner,
  openPrivateKey,
  type SignerOptions,
} from '../options.ts';

interface Options extends SignerOptions {
  key?: string;
  holder?: string;
  root?: string;
  replace: boolean;
  yes: boolean;
}

export function sign(cli: Command): void {
  const command = cli
    .command('sign')
    .description('show what a draft changes, ask whether to sign it, and add one signature')
    .argument('<draft>', 'the authority\'s folder, or your copy of its folder "draft"')
    .option('--key <file>', 'your private key')
    .option('--holder <file>', 'your public document, with --signer')
    .option('--root <file>', 'the root.json that apps pin: proves that the draft builds on the real repository')
    .option('--replace', 'sign another document of a version that you have signed already', false)
    .option('--yes', 'sign without asking', false);
  addPassphraseOption(addSignerOptions(command), 'the passphrase of your key').action(
    async (folder: string, options: Options) => {
      const now = Date.now();
      const keyFile = keyFileOf(options);
      const draft = draftFolder(folder);
      const review = await reviewDraft({ draft, now, ...(options.root && { root: await readBytes(options.root) }) });
      for (const line of describeReview(review)) console.log(line);
      if (!options.yes && !(await isConfirmed())) {
        throw new LodestoneError('ERR_USAGE', 'not signed: the answer was not "yes"');
      }
      const signer = await openSigner(options);
      const { replace } = options;
      const files = await signDraft({ review, signer, journal: journalOf(keyFile), now, replace });
      for (const file of files) console.log(`signed: ${file}`);
    },
  );
}

/** The journal is next to this file. */
function keyFileOf({ key, signer, holder }: Options): string {
  if (key !== undefined && signer === undefined && holder === undefined) return key;
  if (key === undefined && signer !== undefined && holder !== undefined) return holder;
  throw new LodestoneError(
    'ERR_USAGE',
    'pass your key with --key, or a command with --signer and your public document with --holder',
  );
}

async function openSigner(options: Options): Promise<Signer> {
  const { key, signer: command, holder } = options;
  if (key !== undefined) return openPrivateKey(key, options);
  const { publicKey, name } = checkHolder(await readJson(holder ?? ''));
  const signer = await openCommandSigner(command ?? '', options);
  if (signer.publicKey === publicKey) return signer;
  throw new LodestoneError(
    'ERR_SIGNER',
    `the signer command has another key than ${name}'s public document ${holder ?? ''}`,
  );
}

async function isConfirmed(): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<string>((resolve) => void lines.once('close', () => resolve('')));
  try {
    return (await Promise.race([lines.question('Sign this? Enter "yes": '), ended])).trim() === 'yes';
  } finally {
    lines.close();
  }
}
