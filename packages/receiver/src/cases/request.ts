/**
 * What a lead asks of the provider's other systems because of a confirmed case: to preserve what they have about the account, or to
 * take offline what it made available. If the decision is overturned, each of them is told. Flow: cli → here → callbacks.
 * Promise: the request, its message and its entry in the record are one transaction. Spec: docs/design/receiver.md#requests
 */
import { toHex } from '@lodestone/protocol/bytes';
import type { CaseEvent, RequestEvent } from '@lodestone/protocol/case-event';
import type { DataAction, RequestAction } from '@lodestone/protocol/case-record';
import { toInstant } from '@lodestone/protocol/time';
import type { Transaction } from 'kysely';
import { enqueueCallback } from '../callbacks/enqueue.ts';
import type { Database, Tables } from '../db/schema.ts';
import { lockRecord, recordAction } from '../record/append.ts';
import { userFor } from '../users/users.ts';
import { readReview, refused, refuseMarked } from './step.ts';

/** @throws {LodestoneError} `ERR_CASE` for another role, a case whose confirmation does not stand, or a second request */
export async function requestForCase(
  db: Database,
  token: string,
  { caseNo, action }: { caseNo: number; action: RequestAction },
  now: number,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const user = await userFor(tx, token, action);
    await refuseUnconfirmed(tx, caseNo, action);
    if ((await askedOf(tx, caseNo)).includes(action)) throw refused(`${action} was asked for case ${caseNo} before`);
    await recordAction(tx, { type: 'data', action, case: caseNo }, user, now);
    await ask(tx, caseNo, action, `case.${action}`, now);
  });
}

/** @throws {LodestoneError} `ERR_CASE` unless two people confirmed the case, and nobody overturned or has to judge it again */
export async function refuseUnconfirmed(tx: Transaction<Tables>, caseNo: number, action: DataAction): Promise<void> {
  const { actions, review } = await readReview(tx, caseNo);
  const stands = review.decision === 'confirm' && review.state !== 'contested' && review.state !== 'overturned';
  if (!stands) throw refused(`case ${caseNo} is ${review.state}; ${action} is only for one that is confirmed`);
  refuseMarked(caseNo, actions);
}

/** Tells those who were asked that the decision does not stand. */
export async function withdrawRequests(tx: Transaction<Tables>, caseNo: number, now: number): Promise<void> {
  for (const target of await askedOf(tx, caseNo)) await ask(tx, caseNo, target, 'case.withdrawn', now);
}

async function askedOf(tx: Transaction<Tables>, caseNo: number): Promise<RequestAction[]> {
  const rows = await tx.selectFrom('callbacks').select('target').distinct().where('caseNo', '=', caseNo).execute();
  return rows.flatMap(({ target }) => (target === 'contests' ? [] : [target]));
}

async function ask(
  tx: Transaction<Tables>,
  caseNo: number,
  target: RequestAction,
  type: RequestEvent,
  now: number,
): Promise<void> {
  const { pseudonym, source, orderId } = await tx
    .selectFrom('cases')
    .select(['pseudonym', 'source', 'orderId'])
    .where('caseNo', '=', caseNo)
    .executeTakeFirstOrThrow();
  const data = { case: caseNo, pseudonym: toHex(pseudonym), order: { source, orderId } };
  const event: CaseEvent = { type, timestamp: toInstant(now), data };
  await enqueueCallback(tx, { target, contestNo: null, caseNo, event }, now);
}
