/** `import`: adds hashes to a list. The help names every import format. */
import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { LIST_PURPOSES, type ListPurpose } from '@lodestone/protocol/purpose';
import { IMPORT_FORMATS } from '../../import/formats.ts';
import { importList } from '../../import/import.ts';
import { printImport, printNextPublication } from '../print.ts';

export function importCommand(cli: Command): void {
  cli
    .command('import')
    .description('add the hashes of a file or folder to a list')
    .argument('<dir>', 'folder of the authority')
    .argument('<source>', IMPORT_FORMATS.map(({ description }) => description).join('; or '))
    .requiredOption('--list <name>', 'name of the list')
    .addOption(
      new Option(
        '--purpose <purpose>',
        'purpose of the list, the same for every import into it; only verified may signal',
      )
        .choices(LIST_PURPOSES)
        .makeOptionMandatory(),
    )
    .option(
      '--locked',
      'the PDQ rows of the list are locked, so that devices can match and not read them; the same for every import into it',
      false,
    )
    .option('--exact', 'also list the SHA-256 of each file in a folder', false)
    .option(
      '--crops',
      'also list 20 crops of each picture in a folder, and 4 more at most, so that cut copies are found',
      false,
    )
    .option('--by <name>', 'person who imports, for the private record', userInfo().username)
    .action(
      async (
        directory: string,
        source: string,
        {
          locked,
          ...options
        }: { list: string; purpose: ListPurpose; locked: boolean; exact: boolean; crops: boolean; by: string },
      ) => {
        const form = locked ? 'locked' : 'plain';
        printImport(await importList({ directory, source, now: Date.now(), form, ...options }));
        printNextPublication(directory);
      },
    );
}
