/**
 * Young accounts: the pseudonyms of the accounts that were younger than a stated age on a day. The account service signs the list on a
 * schedule, never because something matched, so it does not learn who matched. Promise: no order but one, each pseudonym once.
 * Flow: account service → receiver. Spec: docs/design/contracts.md#young-accounts
 */
import * as z from 'zod/mini';
import { utf8 } from './bytes.ts';
import { parseDocument } from './document.ts';

export const YOUNG_ACCOUNTS_SCHEMA = 'lodestone/young-accounts/v1';
/** A list of as many pseudonyms as `YOUNG_PSEUDONYMS`. */
export const YOUNG_ACCOUNTS_BYTES = 4_194_304;
export const YOUNG_PSEUDONYMS = 100_000;
const LONGEST_AGE_DAYS = 3_650;

export interface YoungAccountList {
  /** Rises with each list. */
  number: number;
  /** UTC day of which the list is: an account that began later is not in it. */
  day: string;
  /** The accounts in the list were younger than this on that day; all others were as old or older. */
  youngerThanDays: number;
  /** 32 hex digits each, ascending, each once. */
  pseudonyms: string[];
}

export interface YoungAccounts {
  schema: typeof YOUNG_ACCOUNTS_SCHEMA;
  list: YoungAccountList;
  /** Ed25519 over `youngAccountsMessage` by the account service, 64 bytes in hex. */
  signature: string;
}

const YoungAccounts: z.ZodMiniType<YoungAccounts> = z.strictObject({
  schema: z.literal(YOUNG_ACCOUNTS_SCHEMA),
  list: z.strictObject({
    number: z.int().check(z.gte(0), z.lte(0xffff_ffff)),
    day: z.iso.date(),
    youngerThanDays: z.int().check(z.gte(1), z.lte(LONGEST_AGE_DAYS)),
    pseudonyms: z.array(z.string().check(z.regex(/^[0-9a-f]{32}$/))).check(
      z.maxLength(YOUNG_PSEUDONYMS),
      z.refine(
        (all) => all.every((each, i) => i === 0 || (all[i - 1] ?? each) < each),
        'pseudonyms must be ascending, each once',
      ),
    ),
  }),
  signature: z.string().check(z.regex(/^[0-9a-f]{128}$/)),
});

/** The signature is not verified here. @throws {LodestoneError} `ERR_SIZE`, `ERR_SCHEMA` */
export function parseYoungAccounts(bytes: Uint8Array): YoungAccounts {
  return parseDocument(YoungAccounts, bytes, {
    what: 'list of young accounts',
    maxBytes: YOUNG_ACCOUNTS_BYTES,
    schema: YOUNG_ACCOUNTS_SCHEMA,
  });
}

/** What the account service signs. */
export function youngAccountsMessage({
  number,
  day,
  youngerThanDays,
  pseudonyms,
}: YoungAccountList): Uint8Array<ArrayBuffer> {
  return utf8(JSON.stringify([YOUNG_ACCOUNTS_SCHEMA, number, day, youngerThanDays, ...pseudonyms]));
}
