/** `keys`: checks and stages a receiver's public keys. */
import path from 'node:path';
import type { Command } from 'commander';
import { stageKeys } from '../../order/stage.ts';
import { readJson } from '../input.ts';
import { printNextPublication } from '../print.ts';

export function keys(cli: Command): void {
  cli
    .command('keys')
    .description("check a receiver's public keys and stage them")
    .argument('<dir>', 'folder of the provider')
    .argument('<file>', 'the keys (JSON)')
    .option('--name <name>', 'name of the keys (default: the name of the file)')
    .action(async (directory: string, file: string, options: { name?: string }) => {
      const name = options.name ?? path.basename(file, '.json');
      const staged = await stageKeys({ directory, name, keys: await readJson(file) });
      console.log(`staged ${staged.path}`);
      printNextPublication(directory);
    });
}
