/** Options that several commands share. */
import { type Command, Option } from 'commander';
import { commandSigner } from '../keys/command-signer.ts';
import { openKeyFile } from '../keys/key-file.ts';
import type { Signer } from '../keys/signer.ts';
import { wholeNumber } from './input.ts';
import { readPassphrase } from './passphrase.ts';

export interface PassphraseOption {
  passphraseFile?: string;
}

export interface SignerOptions extends PassphraseOption {
  signer?: string;
  signerTimeout: number;
}

export function addPassphraseOption(command: Command, what: string): Command {
  return command.option(
    '--passphrase-file <file>',
    `file whose first line is ${what}; or set LODESTONE_PASSPHRASE, or enter it at the prompt`,
  );
}

export function addSignerOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--signer <command>',
        'command that signs with a key in a token or service; see docs/design/authority.md',
      ),
    )
    .option('--signer-timeout <seconds>', 'how long the signer command may take for an answer', wholeNumber, 60);
}

/** Appends the values of an option that can be repeated. */
export function repeatable(value: string, before: string[]): string[] {
  return [...before, value];
}

export function openCommandSigner(command: string, { signerTimeout }: SignerOptions): Promise<Signer> {
  return commandSigner({ command, timeoutMs: signerTimeout * 1_000 });
}

export function openPrivateKey(file: string, { passphraseFile }: PassphraseOption): Promise<Signer> {
  return openKeyFile(file, (place) => readPassphrase(place, { file: passphraseFile }));
}
