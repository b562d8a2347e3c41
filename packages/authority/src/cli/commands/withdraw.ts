/** `withdraw`: removes a staged document. */
import type { Command } from 'commander';
import { withdrawTarget } from '../../repository/withdraw-target.ts';
import { printNextPublication } from '../print.ts';

export function withdrawCommand(cli: Command): void {
  cli
    .command('withdraw')
    .description('remove a staged order, key file or model; the next publication omits it')
    .argument('<dir>', 'folder of the authority')
    .argument('<path>', 'target path, such as v1/orders/NAME.json')
    .action(async (directory: string, path: string) => {
      await withdrawTarget({ directory, path });
      console.log(`withdrew ${path}`);
      printNextPublication(directory);
    });
}
