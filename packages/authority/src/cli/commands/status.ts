/** `status`: shows what is prepared, who has signed, and what is missing. */
import type { Command } from 'commander';
import { draftStatus } from '../../publication/status.ts';
import { printProgress, printStatus } from '../print.ts';

export function status(cli: Command): void {
  cli
    .command('status')
    .description('show what is prepared for signing, who has signed, and what is missing')
    .argument('<draft>', 'the authority\'s folder, or a copy of its folder "draft"')
    .action(async (directory: string) => {
      printStatus(await draftStatus({ directory, now: Date.now(), say: printProgress }));
    });
}
