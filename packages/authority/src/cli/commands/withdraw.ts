/** `withdraw`: removes a staged document. */
import type { Command } from 'commander';
import { withdraw } from '../../repository/withdraw.ts';

export function withdrawCommand(cli: Command): void {
  cli
    .command('withdraw')
    .description('remove a staged order, key file or model; the next publication omits it')
    .argument('<dir>', 'folder of the authority')
    .argument('<path>', 'target path, such as v1/orders/NAME.json')
    .action(async (directory: string, path: string) => {
      await withdraw({ directory, path });
      console.log(`withdrew ${path}`);
    });
}
