/**
 * The two signatures under a request to learn whose pseudonym it is. The receiver has no accounts and answers nothing: the file goes to a
 * person of the account service, who verifies it. Flow: cli → here → a file. Promise: each signature is in the record, with the case, before it
 * is returned for the file. Spec: docs/design/contracts.md#look-up
 */
import { toHex } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { type Lookup, LOOKUP_DAYS, type LookupRequest, parseLookup } from '@lodestone/protocol/lookup';
import { DAY_MS, toInstant } from '@lodestone/protocol/time';
import { signLookup } from '@lodestone/seal';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../db/schema.ts';
import type { CasesTable } from '../db/schema-cases.ts';
import { lockRecord, recordAction } from '../record/append.ts';
import { userFor } from '../users/users.ts';
import { refuseUnconfirmed } from './request.ts';

export interface LookupOptions {
  /** The person's own key, as `lookups key` makes it: 32 bytes in hex. */
  privateKey: string;
}

/** The first signature, by who reviews. @throws {LodestoneError} `ERR_CASE` for another role, or a case whose confirmation does not stand */
export async function requestLookup(
  db: Database,
  token: string,
  { caseNo, reason, privateKey }: LookupOptions & { caseNo: number; reason: string },
  now: number,
): Promise<Lookup> {
  return db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const user = await userFor(tx, token, 'request-lookup');
    await refuseUnconfirmed(tx, caseNo, 'request-lookup');
    const { pseudonym, source, orderId } = await caseRow(tx, caseNo);
    const request: LookupRequest = {
      case: caseNo,
      pseudonym: toHex(pseudonym),
      order: { source, orderId },
      reason,
      notAfter: toInstant(now + LOOKUP_DAYS * DAY_MS),
    };
    const lookup = await signLookup(privateKey, request, { name: user.name, role: user.role });
    await recordAction(tx, { type: 'data', action: 'request-lookup', case: caseNo }, user, now);
    return parseLookup(Buffer.from(JSON.stringify(lookup)));
  });
}

/** The second signature, by who cannot act on a case. @throws {LodestoneError} `ERR_CASE` if the request is not that of its case */
export async function countersignLookup(
  db: Database,
  token: string,
  { bytes, privateKey }: LookupOptions & { bytes: Uint8Array },
  now: number,
): Promise<Lookup> {
  const { request, signatures } = parseLookup(bytes);
  return db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const user = await userFor(tx, token, 'sign-lookup');
    if (signatures.length !== 1) throw refused('the look-up has its second signature already');
    await refuseUnconfirmed(tx, request.case, 'sign-lookup');
    const { pseudonym, source, orderId } = await caseRow(tx, request.case);
    const isOfCase =
      request.pseudonym === toHex(pseudonym) && request.order.source === source && request.order.orderId === orderId;
    if (!isOfCase) throw refused(`the look-up names another subject or order than case ${request.case}`);
    const who = { name: user.name, role: user.role };
    const lookup = await signLookup(privateKey, request, who, signatures);
    await recordAction(tx, { type: 'data', action: 'sign-lookup', case: request.case }, user, now);
    return lookup;
  });
}

const refused = (why: string): LodestoneError<'ERR_CASE'> => new LodestoneError('ERR_CASE', why);

async function caseRow(
  tx: Transaction<Tables>,
  caseNo: number,
): Promise<Pick<CasesTable, 'pseudonym' | 'source' | 'orderId'>> {
  return tx
    .selectFrom('cases')
    .select(['pseudonym', 'source', 'orderId'])
    .where('caseNo', '=', caseNo)
    .executeTakeFirstOrThrow();
}
