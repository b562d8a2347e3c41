/**
 * The two signatures under a request to learn whose pseudonym it is, in the transaction that records them. The receiver has no accounts and
 * answers nothing: the file goes to a person of the account service, who verifies it. Flow: files, requests → here → record.
 * Promise: a request that ended, whose case does not stand, or whose first signer is no longer who they were, gets no second signature; nobody
 * and no key signs twice. Spec: docs/design/contracts.md#look-up
 */
import { toHex } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { type Lookup, LOOKUP_DAYS, type LookupRequest, type LookupSignature } from '@lodestone/protocol/lookup';
import { DAY_MS, fromInstant, toInstant } from '@lodestone/protocol/time';
import { signLookup } from '@lodestone/seal';
import type { Transaction } from 'kysely';
import { refuseUnconfirmed } from '../cases/request.ts';
import { refused } from '../cases/step.ts';
import type { CasesTable } from '../db/schema-cases.ts';
import type { Tables } from '../db/schema.ts';
import { recordAction } from '../record/append.ts';
import { CLOCK_MS } from '../users/sessions.ts';
import { userFor } from '../users/users.ts';

/** Who signs, and with what. */
export interface Signer {
  /** Of a user, or of a session. */
  token: string;
  /** The person's own key, as `lookups key` makes it: 32 bytes in hex. It is used once, and neither stored nor logged. */
  privateKey: string;
}

/** By who reviews. @throws {LodestoneError} `ERR_CASE` for another role, or a case whose confirmation does not stand */
export async function signFirst(
  tx: Transaction<Tables>,
  { token, privateKey }: Signer,
  { caseNo, reason }: { caseNo: number; reason: string },
  now: number,
): Promise<Lookup> {
  const user = await userFor(tx, token, 'request-lookup');
  await refuseUnconfirmed(tx, caseNo, 'request-lookup');
  const notAfter = toInstant(now + LOOKUP_DAYS * DAY_MS);
  const request: LookupRequest = { case: caseNo, ...(await subjectOf(tx, caseNo)), reason, notAfter };
  const lookup = await withKey(() => signLookup(privateKey, request, { name: user.name, role: user.role }));
  await recordAction(tx, { type: 'data', action: 'request-lookup', case: caseNo }, user, now);
  return lookup;
}

/** By who cannot act on a case. @throws {LodestoneError} `ERR_CASE` if anything that the first signature stood on has changed */
export async function signSecond(
  tx: Transaction<Tables>,
  { token, privateKey }: Signer,
  asked: Lookup,
  now: number,
): Promise<Lookup> {
  const { request, signatures } = asked;
  const user = await userFor(tx, token, 'sign-lookup');
  const [first, second] = signatures;
  if (first === undefined || second !== undefined) throw refused('the look-up has its second signature already');
  await refuseChanged(tx, asked, 'sign-lookup', now);
  if (first.name === user.name) throw refused(`${user.name} signed the look-up first; another person signs it as well`);
  const [again] = (await withKey(() => signLookup(privateKey, request, first))).signatures;
  if (again?.signature === first.signature)
    throw refused('the look-up was signed with this key before; sign it with your own');
  const who = { name: user.name, role: user.role };
  const lookup = await withKey(() => signLookup(privateKey, request, who, signatures));
  await recordAction(tx, { type: 'data', action: 'sign-lookup', case: request.case }, user, now);
  return lookup;
}

/**
 * Whether what was signed still holds.
 * @throws {LodestoneError} `ERR_CASE` if the request ended, its case does not stand, it names another subject, or a signer is gone
 */
export async function refuseChanged(
  tx: Transaction<Tables>,
  { request, signatures }: Lookup,
  action: 'sign-lookup' | 'save-lookup',
  now: number,
): Promise<void> {
  const ends = fromInstant(request.notAfter);
  if (now >= ends) throw refused(`the look-up ended at ${request.notAfter}; ask again`);
  if (ends > now + LOOKUP_DAYS * DAY_MS + CLOCK_MS)
    throw refused(`the look-up ends at ${request.notAfter}, because the clock was ahead when it was made; ask again`);
  await refuseUnconfirmed(tx, request.case, action);
  const { pseudonym, order } = await subjectOf(tx, request.case);
  const isOfCase =
    request.pseudonym === pseudonym && request.order.source === order.source && request.order.orderId === order.orderId;
  if (!isOfCase) throw refused(`the look-up names another subject or order than case ${request.case}`);
  for (const signature of signatures) await refuseGone(tx, signature);
}

async function refuseGone(tx: Transaction<Tables>, { name, role }: LookupSignature): Promise<void> {
  const found = await tx
    .selectFrom('users')
    .select('name')
    .where('name', '=', name)
    .where('role', '=', role)
    .where('tokenDigest', 'is not', null)
    .executeTakeFirst();
  if (!found) throw refused(`${name}, who signed the look-up as ${role}, is not a ${role} here any more; ask again`);
}

/** A key that is none says so as a refusal, without the key. */
async function withKey<T>(sign: () => Promise<T>): Promise<T> {
  try {
    return await sign();
  } catch (cause) {
    if (!(cause instanceof LodestoneError)) throw cause;
    throw new LodestoneError('ERR_CASE', 'this is no key: it has 64 hex digits, as lookups key wrote them', { cause });
  }
}

/** @throws if there is no such case: its confirmation was checked before */
export async function subjectOf(
  tx: Transaction<Tables>,
  caseNo: number,
): Promise<Pick<LookupRequest, 'pseudonym' | 'order'>> {
  const { pseudonym, source, orderId }: Pick<CasesTable, 'pseudonym' | 'source' | 'orderId'> = await tx
    .selectFrom('cases')
    .select(['pseudonym', 'source', 'orderId'])
    .where('caseNo', '=', caseNo)
    .executeTakeFirstOrThrow();
  return { pseudonym: toHex(pseudonym), order: { source, orderId } };
}
