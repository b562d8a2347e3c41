/** `key create`, `key describe`: makes a holder's key, or the public document of a key behind a signer command. */
import { type Command, Option } from 'commander';
import { LodestoneError } from '@lodestone/protocol/error';
import { HOLDER_ROLES, type HolderRole, makeHolder, printHolder } from '../../keys/holder.ts';
import { createKeyFile } from '../../keys/key-file.ts';
import { keyIdOf, type Signer } from '../../keys/signer.ts';
import { writeNew } from '../../repository/atomic-files.ts';
import { addPassphraseOption, addSignerOptions, openCommandSigner, type SignerOptions } from '../options.ts';
import { newPassphrase } from '../passphrase.ts';

interface KeyOptions extends SignerOptions {
  name: string;
  role: HolderRole[];
}

export function key(cli: Command): void {
  const group = cli.command('key').description("make a holder's key on the holder's own machine");
  const create = group
    .command('create')
    .description('create an encrypted private key FILE.pem, and FILE.pub.json for the authority')
    .argument('<file>', 'the private key to create, such as alice.pem');
  addPassphraseOption(create, 'the passphrase of the new key');
  addCommonOptions(create).action(async (file: string, options: KeyOptions) => {
    if (!file.endsWith('.pem')) throw new LodestoneError('ERR_USAGE', `${file}: the name of a key file ends in .pem`);
    const passphrase = await newPassphrase(file, { file: options.passphraseFile });
    const signer = await createKeyFile(file, passphrase);
    await writePublic(file.replace(/\.pem$/, '.pub.json'), signer, options);
  });
  const describe = group
    .command('describe')
    .description('write FILE.pub.json of a key that a signer command holds')
    .argument('<file>', 'the public document to create, such as alice.pub.json');
  addCommonOptions(addSignerOptions(describe)).action(async (file: string, options: KeyOptions) => {
    if (!file.endsWith('.pub.json')) throw new LodestoneError('ERR_USAGE', `${file}: the name must end in .pub.json`);
    if (options.signer === undefined) throw new LodestoneError('ERR_USAGE', 'pass the command with --signer');
    await writePublic(file, await openCommandSigner(options.signer, options), options);
  });
}

function addCommonOptions(command: Command): Command {
  return command
    .requiredOption('--name <name>', "the holder's name: a-z, 0-9 and hyphens")
    .addOption(
      new Option('--role <role...>', 'what the key signs').choices(HOLDER_ROLES).default([...HOLDER_ROLES], 'both'),
    );
}

async function writePublic(file: string, signer: Signer, { name, role }: KeyOptions): Promise<void> {
  const holder = await makeHolder(name, signer, role);
  await writeNew(file, [new TextDecoder().decode(printHolder(holder))]);
  console.log(`${file}: give this file to the authority`);
  console.log(`key ${keyIdOf(signer.publicKey)} of ${holder.name}, signs ${holder.roles.join(' and ')}`);
}
