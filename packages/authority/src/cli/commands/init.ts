/** `init`: creates an authority. */
import { type Command, Option } from 'commander';
import type { Power } from '@lodestone/trust';
import { initAuthority } from '../../keys/init.ts';
import { wholeNumber } from '../input.ts';

export function init(cli: Command): void {
  cli
    .command('init')
    .description('create the keys and the first root of an authority; prints the path of the root that apps pin')
    .argument('<dir>', 'folder of the authority; keep it private except for its folder "repository"')
    .requiredOption('--name <name>', 'name of the authority: a-z, 0-9 and hyphens')
    .addOption(
      new Option('--power <power>', 'kind of documents that apps accept from this authority')
        .choices(['lists', 'orders', 'provider'])
        .makeOptionMandatory(),
    )
    .option('--keys <n>', 'number of root keys, and of targets keys', wholeNumber, 3)
    .option('--threshold <n>', 'how many of them must sign', wholeNumber, 2)
    .action(async (directory: string, options: { name: string; power: Power; keys: number; threshold: number }) => {
      const { rootFile } = await initAuthority({ directory, now: Date.now(), ...options });
      console.log(rootFile);
    });
}
