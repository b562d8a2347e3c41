/** `publish`: builds and signs the repository. */
import type { Command } from 'commander';
import { publish } from '../../repository/publish.ts';
import { addPassphraseOption, type PassphraseOption } from '../options.ts';
import { readPassphrase } from '../passphrase.ts';
import { printNext, printPublication } from '../print.ts';

interface Options extends PassphraseOption {
  timestampOnly: boolean;
}

export function publishCommand(cli: Command): void {
  const command = cli
    .command('publish')
    .description('sign with the online keys and write the folder "repository"; needs the signatures of enough holders')
    .argument('<dir>', 'folder of the authority')
    .option(
      '--timestamp-only',
      'sign only with the online keys: a new timestamp, and a new snapshot if the current one is old',
      false,
    );
  addPassphraseOption(command, 'the passphrase of the private keys in the folder').action(
    async (directory: string, { timestampOnly, passphraseFile }: Options) => {
      const passphrase = (file: string): Promise<string> => readPassphrase(file, { file: passphraseFile });
      const report = await publish({ directory, now: Date.now(), onlineOnly: timestampOnly, passphrase });
      printPublication(report);
      if (timestampOnly) return; // a timer runs it each day
      printNext(`serve ${report.repository} as static files, and run "publish ${directory} --timestamp-only" each day`);
    },
  );
}
