/** `publish`: builds and signs the repository. */
import type { Command } from 'commander';
import { lockedListOf, writeEscrow } from '../../locked/escrow.ts';
import { publish } from '../../repository/publish.ts';
import { addPassphraseOption, type PassphraseOption } from '../options.ts';
import { readPassphrase } from '../passphrase.ts';
import { printEscrow, printNext, printProgress, printPublication } from '../print.ts';

interface Options extends PassphraseOption {
  timestampOnly: boolean;
  escrow?: string;
  escrowList?: string;
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
    )
    .option('--escrow <file>', 'also write what an auditor needs to build a locked list again; keep it secret')
    .option('--escrow-list <name>', 'the list of the escrow, if there are several locked ones');
  addPassphraseOption(command, 'the passphrase of the private keys in the folder').action(
    async (directory: string, { timestampOnly, passphraseFile, escrow, escrowList }: Options) => {
      const passphrase = (file: string): Promise<string> => readPassphrase(file, { file: passphraseFile });
      const list = escrow === undefined ? undefined : await lockedListOf({ directory, list: escrowList, file: escrow });
      const report = await publish({
        directory,
        now: Date.now(),
        onlineOnly: timestampOnly,
        passphrase,
        say: printProgress,
      });
      printPublication(report);
      if (escrow !== undefined) printEscrow(escrow, await writeEscrow({ directory, list, file: escrow }));
      if (timestampOnly) return; // a timer runs it each day
      printNext(`serve ${report.repository} as static files, and run "publish ${directory} --timestamp-only" each day`);
    },
  );
}
