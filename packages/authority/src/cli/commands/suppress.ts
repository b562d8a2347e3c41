/** `suppress`: disables entries of a list. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { suppressEntries } from '../../release/suppress.ts';
import { wholeNumber } from '../input.ts';
import { printNextPublication } from '../print.ts';

export function suppress(cli: Command): void {
  cli
    .command('suppress')
    .description('disable entries of a list permanently')
    .argument('<dir>', 'folder of the authority')
    .argument('<entry...>', 'entry numbers', (text, before: number[]) => [...before, wholeNumber(text)], [])
    .requiredOption('--list <name>', 'name of the list')
    .option('--by <name>', 'person who suppresses, for the private record', userInfo().username)
    .action(async (directory: string, entries: number[], options: { list: string; by: string }) => {
      await suppressEntries({ directory, entries, now: Date.now(), ...options });
      console.log(`suppressed ${entries.join(', ')} of ${options.list}; takes effect with the next publication`);
      printNextPublication(directory);
    });
}
