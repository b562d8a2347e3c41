/** What the commands of review share: the database, who acts, and printing. Flow: program → commands → here. Spec: docs/design/receiver.md#users */
import { LodestoneError } from '@lodestone/protocol/error';
import { InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import { readConfig } from '../config.ts';
import { openDatabase } from '../db/open.ts';
import type { Database } from '../db/schema.ts';
import { signedInUser, type User } from '../users/users.ts';

export const TOKEN_VARIABLE = 'LODESTONE_RECEIVER_TOKEN';
export const DATA = ['--data <dir>', 'data folder of the receiver'] as const;

export interface DataOption {
  data: string;
}

/** Opens the database for one command. */
export async function withDatabase<T>({ data }: DataOption, run: (db: Database) => Promise<T>): Promise<T> {
  await readConfig(data); // a folder without a receiver stays untouched
  const log = pino(pino.destination(2));
  const database = await openDatabase({ dataDir: data, databaseUrl: process.env['DATABASE_URL'], log });
  try {
    return await run(database.db);
  } finally {
    await database.close();
  }
}

export function optionalToken(): string | undefined {
  return process.env[TOKEN_VARIABLE];
}

/** @throws {LodestoneError} `ERR_CASE` without a token in the environment */
export function requiredToken(): string {
  const token = optionalToken();
  if (token === undefined)
    throw new LodestoneError('ERR_CASE', `set ${TOKEN_VARIABLE} to the token that users add printed for you`);
  return token;
}

/** The command with the user who runs it. */
export async function withUser<T>(options: DataOption, run: (db: Database, user: User) => Promise<T>): Promise<T> {
  const token = requiredToken();
  return withDatabase(options, async (db) => run(db, await signedInUser(db, token)));
}

/** Rows of text with aligned columns. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function caseNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('not a number from 1 on');
  return Number(text);
}
