/** `publish`: builds and signs the repository. */
import type { Command } from 'commander';
import { publish } from '../../repository/publish.ts';
import { printPublication } from '../print.ts';

export function publishCommand(cli: Command): void {
  cli
    .command('publish')
    .description('build, sign and write the folder "repository"')
    .argument('<dir>', 'folder of the authority')
    .option(
      '--timestamp-only',
      'sign only with the online keys: a new timestamp, and a new snapshot if the current one is old',
      false,
    )
    .action(async (directory: string, options: { timestampOnly: boolean }) => {
      printPublication(await publish({ directory, now: Date.now(), onlineOnly: options.timestampOnly }));
    });
}
