/** `prepare`: builds the next publication for the holders to sign. */
import type { Command } from 'commander';
import { prepare } from '../../publication/prepare.ts';
import { printPreparation, printProgress } from '../print.ts';

export function prepareCommand(cli: Command): void {
  cli
    .command('prepare')
    .description('build the next publication in DIR/draft, for the holders to review and sign')
    .argument('<dir>', 'folder of the authority')
    .action(async (directory: string) => {
      printPreparation(await prepare({ directory, now: Date.now(), say: printProgress }));
    });
}
