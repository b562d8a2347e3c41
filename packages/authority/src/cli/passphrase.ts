/**
 * Reads a passphrase: from a file, from `LODESTONE_PASSPHRASE`, or from the terminal without echo.
 * Promise: a passphrase is never an argument, which other users of the machine could see. Spec: docs/design/authority.md#keys
 */
import { readFile } from 'node:fs/promises';
import { LodestoneError } from '@lodestone/protocol/error';
import { messageOf } from '../keys/authority.ts';

export interface PassphraseSource {
  /** The first line of this file. */
  file?: string | undefined;
  env?: NodeJS.ProcessEnv;
  terminal?: Terminal;
}

/** The part of `process.stdin` and `process.stderr` that a prompt uses. */
export interface Terminal {
  input: NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown };
  output: NodeJS.WritableStream;
}

const TERMINAL: Terminal = { input: process.stdin, output: process.stderr };

/** The passphrase of an existing key. @throws {LodestoneError} `ERR_USAGE` without a source */
export async function readPassphrase(what: string, source: PassphraseSource): Promise<string> {
  return (await unattended(source)) ?? prompt(`Passphrase of ${what}: `, source.terminal ?? TERMINAL);
}

/** The passphrase of a new key, which a terminal asks for twice. @throws {LodestoneError} `ERR_USAGE` */
export async function newPassphrase(what: string, source: PassphraseSource): Promise<string> {
  const given = await unattended(source);
  if (given !== undefined) return given;
  const terminal = source.terminal ?? TERMINAL;
  const passphrase = await prompt(`New passphrase of ${what}: `, terminal);
  if ((await prompt('The same passphrase again: ', terminal)) === passphrase) return passphrase;
  throw new LodestoneError('ERR_USAGE', 'the two passphrases differ; run the command again');
}

/** A passphrase for keys that may stay unencrypted: undefined without a file and environment variable. */
export async function unattended({ file, env = process.env }: PassphraseSource): Promise<string | undefined> {
  if (file === undefined) return env['LODESTONE_PASSPHRASE'] || undefined;
  try {
    const [line = ''] = (await readFile(file, 'utf8')).split(/\r?\n/);
    return line;
  } catch (cause) {
    throw new LodestoneError('ERR_USAGE', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

const ENTER = /[\r\n]/;
const CANCEL = '\u0003';
const END_OF_INPUT = '\u0004';
const BACKSPACE = /[\u007f\b]/;

async function prompt(question: string, { input, output }: Terminal): Promise<string> {
  if (!input.isTTY || !input.setRawMode) {
    throw new LodestoneError(
      'ERR_USAGE',
      'there is no terminal to ask for a passphrase; pass --passphrase-file, or set LODESTONE_PASSPHRASE',
    );
  }
  output.write(question);
  input.setRawMode(true);
  try {
    return await readLine(input);
  } finally {
    input.setRawMode(false);
    input.pause();
    output.write('\n');
  }
}

/** In raw mode the terminal echoes nothing, and also handles no special keys. */
function readLine(input: Terminal['input']): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = '';
    const stop = (): void => void input.off('data', read);
    const read = (chunk: Buffer | string): void => {
      for (const key of chunk.toString()) {
        if (ENTER.test(key)) return (stop(), resolve(line));
        if (key === CANCEL || key === END_OF_INPUT) {
          return (stop(), reject(new LodestoneError('ERR_USAGE', 'no passphrase was entered')));
        }
        line = BACKSPACE.test(key) ? line.slice(0, -1) : line + key;
      }
    };
    input.on('data', read);
    input.resume();
  });
}
