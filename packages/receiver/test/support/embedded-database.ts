/**
 * An embedded database as PGlite creates it: no table yet, and its files have PGlite's modes. Creating one takes seconds
 * (`initdb` in WebAssembly), so all tests copy one that is kept in `.cache`.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';

const CACHE = path.join(import.meta.dirname, '../../../../.cache/receiver');

/** @param folder must not exist */
export async function copyEmbeddedDatabase(folder: string): Promise<void> {
  const made = path.join(CACHE, `pglite-${await version()}`);
  if (!existsSync(made)) await make(made);
  await cp(made, folder, { recursive: true });
}

async function version(): Promise<string> {
  const file = path.join(
    path.dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite')),
    '../package.json',
  );
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}

/** Under a temporary name first: an interrupted run leaves no partial database, and concurrent runs do not disturb each other. */
async function make(made: string): Promise<void> {
  const temporary = `${made}.${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(CACHE, { recursive: true, mode: 0o700 }); // everybody may write PGlite's files
    await (await PGlite.create(temporary)).close();
    await rename(temporary, made);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (!existsSync(made)) throw error; // another run was first
  }
}
