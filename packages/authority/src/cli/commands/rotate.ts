/** `rotate`: replaces holders' keys or online keys. */
import { type Command, Option } from 'commander';
import { ONLINE_ROLES, type OnlineRole } from '../../keys/authority.ts';
import { rotate } from '../../keys/rotate.ts';
import { readJson, wholeNumber } from '../input.ts';
import { addPassphraseOption, type PassphraseOption, repeatable } from '../options.ts';
import { unattended } from '../passphrase.ts';
import { printHolders, printPreparation } from '../print.ts';

interface Options extends PassphraseOption {
  remove: string[];
  add: string[];
  threshold?: number;
  online: OnlineRole[];
}

export function rotateCommand(cli: Command): void {
  const command = cli
    .command('rotate')
    .description('replace keys, and prepare the new root for the holders to sign')
    .argument('<dir>', 'folder of the authority')
    .option(
      '--remove <name>',
      'holder whose key no longer counts, for example because it is lost; can be repeated',
      repeatable,
      [],
    )
    .option('--add <file>', 'public key of a new holder, from "key create"; can be repeated', repeatable, [])
    .option('--threshold <n>', 'how many holders must sign from then on', wholeNumber)
    .addOption(new Option('--online <role...>', 'online keys to replace').choices(ONLINE_ROLES).default([], 'none'));
  addPassphraseOption(command, 'the passphrase of new online keys').action(
    async (directory: string, options: Options) => {
      const passphrase = await unattended({ file: options.passphraseFile });
      const { remove, online, threshold } = options;
      const add = await Promise.all(options.add.map((file) => readJson(file)));
      const report = await rotate({
        directory,
        remove,
        online,
        add,
        now: Date.now(),
        ...(threshold !== undefined && { threshold }),
        ...(passphrase && { passphrase }),
      });
      printHolders(add);
      for (const warning of report.warnings) console.error(`warning: ${warning}`);
      printPreparation(report);
    },
  );
}
