/** `import`: adds hashes to a list. The help names every import format. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { IMPORT_FORMATS } from '../../import/formats.ts';
import { importList } from '../../import/import.ts';
import { printImport } from '../print.ts';

export function importCommand(cli: Command): void {
  cli
    .command('import')
    .description('add the hashes of a file or folder to a list')
    .argument('<dir>', 'folder of the authority')
    .argument('<source>', IMPORT_FORMATS.map(({ description }) => description).join('; or '))
    .requiredOption('--list <name>', 'name of the list')
    .option('--exact', 'also list the SHA-256 of each file in a folder', false)
    .option('--by <name>', 'person who imports, for the private record', userInfo().username)
    .action(async (directory: string, source: string, options: { list: string; exact: boolean; by: string }) => {
      printImport(await importList({ directory, source, now: Date.now(), ...options }));
    });
}
