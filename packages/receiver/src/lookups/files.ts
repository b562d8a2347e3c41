/**
 * Look-ups as files, for the command line: one person writes the request, another adds their signature. Flow: cli → here → sign → a file.
 * Promise: each signature is in the record, with the case, before it is returned for the file. Spec: docs/design/contracts.md#look-up
 */
import { type Lookup, parseLookup, printLookup } from '@lodestone/protocol/lookup';
import type { Database } from '../db/schema.ts';
import { lockRecord } from '../record/append.ts';
import { type Signer, signFirst, signSecond } from './sign.ts';

/** @throws {LodestoneError} `ERR_CASE`; `ERR_SCHEMA` for a reason that is too long */
export async function requestLookup(
  db: Database,
  signer: Signer,
  asked: { caseNo: number; reason: string },
  now: number,
): Promise<Lookup> {
  return db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    return checked(await signFirst(tx, signer, asked, now));
  });
}

/** @throws {LodestoneError} `ERR_CASE` if the request is not that of its case, or does not hold any more */
export async function countersignLookup(db: Database, signer: Signer, bytes: Uint8Array, now: number): Promise<Lookup> {
  const lookup = parseLookup(bytes);
  return db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    return signSecond(tx, signer, lookup, now);
  });
}

/** The account service would refuse what does not parse. */
export function checked(lookup: Lookup): Lookup {
  return parseLookup(Buffer.from(printLookup(lookup)));
}
