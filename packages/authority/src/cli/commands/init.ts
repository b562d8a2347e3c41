/** `init`: creates an authority. */
import { type Command, Option } from 'commander';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Power } from '@lodestone/trust';
import { initAllKeysHere, initAuthority } from '../../keys/init.ts';
import { readJson, wholeNumber } from '../input.ts';
import { addPassphraseOption, type PassphraseOption, repeatable } from '../options.ts';
import { unattended } from '../passphrase.ts';
import { printHolders, printNext, printPreparation } from '../print.ts';

interface Options extends PassphraseOption {
  name: string;
  power: Power;
  holder: string[];
  allKeysHere: boolean;
  keys: number;
  threshold: number;
}

export function init(cli: Command): void {
  const command = cli
    .command('init')
    .description('create an authority and the first root, which apps pin')
    .argument('<dir>', 'folder of the authority; keep it private except for its folder "repository"')
    .requiredOption('--name <name>', 'name of the authority: a-z, 0-9 and hyphens')
    .addOption(
      new Option('--power <power>', 'kind of documents that apps accept from this authority')
        .choices(['lists', 'orders', 'provider'])
        .makeOptionMandatory(),
    )
    .option('--holder <file>', 'a holder\'s public key, from "key create"; repeat for each holder', repeatable, [])
    .option('--threshold <n>', 'how many holders must sign', wholeNumber, 2)
    .option('--all-keys-here', 'for tests and demos: create every private key in the folder', false)
    .option('--keys <n>', 'with --all-keys-here: number of root keys, and of targets keys', wholeNumber, 3);
  addPassphraseOption(command, 'the passphrase of the private keys in the folder').action(
    async (directory: string, options: Options) => {
      const passphrase = await unattended({ file: options.passphraseFile });
      const { name, power, threshold, keys } = options;
      const common = { directory, name, power, threshold, now: Date.now(), ...(passphrase && { passphrase }) };
      if (options.allKeysHere === options.holder.length > 0) throw noCustody();
      if (!options.allKeysHere) {
        const holders = await Promise.all(options.holder.map((file) => readJson(file)));
        const report = await initAuthority({ ...common, holders });
        printHolders(holders);
        printPreparation(report);
        return;
      }
      console.log((await initAllKeysHere({ ...common, keys })).rootFile);
      console.error(
        `warning: all ${2 * keys + 2} private keys are in ${directory}/keys, so ${threshold} of ${keys} protects nothing here. For tests and demos only.`,
      );
      printNext(NEXT[power](directory));
    },
  );
}

/** What an authority of this kind publishes. */
const NEXT: Record<Power, (directory: string) => string> = {
  lists: (directory) => `lodestone-authority import ${directory} PICTURES --list NAME --purpose verified`,
  orders: (directory) => `lodestone-authority order --example > order.json, then order ${directory} order.json`,
  provider: (directory) =>
    `lodestone-authority keys ${directory} keys.json --name receiver, with the receiver's keys.json`,
};

function noCustody(): LodestoneError<'ERR_USAGE'> {
  return new LodestoneError(
    'ERR_USAGE',
    'pass each holder\'s public key with --holder ("lodestone-authority key create" makes one on the holder\'s machine), or, for tests and demos, --all-keys-here',
  );
}
