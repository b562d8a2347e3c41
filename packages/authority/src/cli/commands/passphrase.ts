/** `passphrase`: encrypts a key file with another passphrase. */
import type { Command } from 'commander';
import { changePassphrase, isEncrypted } from '../../keys/key-file.ts';
import { addPassphraseOption, type PassphraseOption } from '../options.ts';
import { changedPassphrase } from '../passphrase.ts';

interface Options extends PassphraseOption {
  newPassphraseFile?: string;
}

export function passphrase(cli: Command): void {
  const command = cli
    .command('passphrase')
    .description('change the passphrase of a private key, or encrypt one that is not encrypted')
    .argument('<file>', "a holder's key such as alice.pem, or an online key such as DIR/keys/timestamp-1.pem")
    .option(
      '--new-passphrase-file <file>',
      'file whose first line is the new passphrase; or set LODESTONE_NEW_PASSPHRASE, or enter it at the prompt',
    );
  addPassphraseOption(command, 'the passphrase so far').action(
    async (file: string, { passphraseFile, newPassphraseFile }: Options) => {
      const source = { file: passphraseFile, newFile: newPassphraseFile, isEncrypted: await isEncrypted(file) };
      await changePassphrase(file, await changedPassphrase(file, source));
      console.log(`${file} opens with the new passphrase`);
      console.log('copies of the file still open with the old one: replace or delete backups');
    },
  );
}
