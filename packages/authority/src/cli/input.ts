/** Reads the files and numbers of a command line. Errors name the file or value. */
import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import { LodestoneError } from '@lodestone/protocol/error';
import { messageOf } from '../keys/authority.ts';

export function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

export async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new LodestoneError('ERR_USAGE', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** @param prepare makes JSON of the file's text */
export async function readJson(file: string, prepare = (text: string): string => text): Promise<unknown> {
  const bytes = await readBytes(file);
  try {
    return JSON.parse(prepare(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw new LodestoneError('ERR_SCHEMA', `${file} is not a JSON document in UTF-8: ${messageOf(cause)}`, { cause });
  }
}
