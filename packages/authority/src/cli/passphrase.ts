/**
 * Reads a passphrase: from a file, from `LODESTONE_PASSPHRASE` (a changed one from `LODESTONE_NEW_PASSPHRASE`), or from the terminal
 * without echo.
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
  const given = await unattended(source);
  if (given !== undefined) return given;
  const [passphrase = ''] = await prompt([`Passphrase of ${what}: `], source.terminal ?? TERMINAL);
  return passphrase;
}

/** The passphrase of a new key, which a terminal asks for twice. @throws {LodestoneError} `ERR_USAGE` */
export async function newPassphrase(what: string, source: PassphraseSource): Promise<string> {
  const given = await unattended(source);
  if (given !== undefined) return given;
  return same(await prompt(questionsForNew(what), source.terminal ?? TERMINAL));
}

const questionsForNew = (what: string): string[] => [`New passphrase of ${what}: `, 'The same passphrase again: '];

function same([passphrase = '', again]: readonly string[]): string {
  if (passphrase === again) return passphrase;
  throw new LodestoneError('ERR_USAGE', 'the two passphrases differ; run the command again');
}

export interface ChangeSource extends PassphraseSource {
  isEncrypted: boolean;
  /** The first line of this file is the new passphrase. */
  newFile?: string | undefined;
}

/** The passphrase of a key and the one that follows it. One prompt asks for both, so that nothing typed early is echoed. */
export async function changedPassphrase(
  what: string,
  { isEncrypted, file, newFile, env, terminal = TERMINAL }: ChangeSource,
): Promise<{ old: string | undefined; next: string }> {
  const old = isEncrypted ? await unattended({ file, ...(env && { env }) }) : undefined;
  const next = await unattended({ file: newFile, ...(env && { env }) }, 'LODESTONE_NEW_PASSPHRASE');
  const forOld = isEncrypted && old === undefined ? [`Passphrase of ${what}: `] : [];
  const questions = [...forOld, ...(next === undefined ? questionsForNew(what) : [])];
  if (questions.length === 0) return { old, next: next ?? '' };
  const answers = await prompt(questions, terminal);
  const entered = forOld.length > 0 ? answers[0] : old;
  return { old: entered, next: next ?? same(answers.slice(forOld.length)) };
}

/** A passphrase for keys that may stay unencrypted: undefined without a file and environment variable. */
export async function unattended(
  { file, env = process.env }: PassphraseSource,
  variable: 'LODESTONE_PASSPHRASE' | 'LODESTONE_NEW_PASSPHRASE' = 'LODESTONE_PASSPHRASE',
): Promise<string | undefined> {
  if (file === undefined) return env[variable] || undefined;
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

/** Raw mode is on before the first question appears and until the last answer, so that no early key is echoed. */
async function prompt(questions: readonly string[], { input, output }: Terminal): Promise<string[]> {
  if (!input.isTTY || !input.setRawMode) {
    throw new LodestoneError(
      'ERR_USAGE',
      'there is no terminal to ask for a passphrase; pass --passphrase-file, or set LODESTONE_PASSPHRASE',
    );
  }
  input.setRawMode(true);
  try {
    return await readAnswers(questions, { input, output });
  } finally {
    input.setRawMode(false);
    input.pause();
  }
}

/** In raw mode the terminal echoes nothing, and also handles no special keys. */
function readAnswers(questions: readonly string[], { input, output }: Terminal): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const answers = [''];
    const ask = (): void => void output.write(questions[answers.length - 1] ?? '');
    const read = (chunk: Buffer | string): void => {
      for (const key of chunk.toString()) {
        const state = press(answers, key);
        if (state === 'typing') continue;
        output.write('\n');
        if (state === 'entered' && answers.length < questions.length) {
          answers.push('');
          ask();
          continue;
        }
        input.off('data', read);
        if (state === 'entered') resolve(answers);
        else reject(new LodestoneError('ERR_USAGE', 'no passphrase was entered'));
        return;
      }
    };
    input.on('data', read);
    input.resume();
    ask();
  });
}

/** One key, which changes the last answer. */
function press(answers: string[], key: string): 'typing' | 'entered' | 'cancelled' {
  if (ENTER.test(key)) return 'entered';
  if (key === CANCEL || key === END_OF_INPUT) return 'cancelled';
  const answer = answers.pop() ?? '';
  answers.push(BACKSPACE.test(key) ? answer.slice(0, -1) : answer + key);
  return 'typing';
}
