/** `verify`: checks a repository. */
import type { Command } from 'commander';
import { verifyRepository } from '../../repository/verify.ts';
import { readBytes } from '../input.ts';
import { printInForce } from '../print.ts';

export function verify(cli: Command): void {
  cli
    .command('verify')
    .description('check a repository as a newly installed app does, and print which documents are in force')
    .argument('<repository>', 'folder or URL')
    .requiredOption('--root <file>', 'the pinned root.json')
    .action(async (repository: string, options: { root: string }) => {
      const root = await readBytes(options.root);
      printInForce(await verifyRepository({ repository, root, now: Date.now() }));
    });
}
