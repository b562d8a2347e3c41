/**
 * A legal hold keeps a case and its evidence from being deleted or erased, until a lead ends it. Flow: cli → here → record.
 * Promise: every hold is in the record, with its case and without its reason, which is a note. Spec: docs/design/receiver.md#legal-hold
 */
import type { HoldAction } from '@lodestone/protocol/case-record';
import { Statement } from '@lodestone/protocol/contest';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { toDay } from '@lodestone/protocol/time';
import type { Database } from '../db/schema.ts';
import { lockRecord, recordAction } from '../record/append.ts';
import { userFor } from '../users/users.ts';

export interface HoldOptions {
  caseNo: number;
  action: HoldAction;
  /** Which request or proceedings; a note of the case. */
  text: string;
}

const refused = (why: string): LodestoneError<'ERR_CASE'> => new LodestoneError('ERR_CASE', why);

/** @throws {LodestoneError} `ERR_CASE` for another role, a case that does not exist, or one that is held already, or not */
export async function holdCase(
  db: Database,
  token: string,
  { caseNo, action, text: note }: HoldOptions,
  now: number,
): Promise<void> {
  const checked = check(Statement, note, 'text');
  await db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const user = await userFor(tx, token, action);
    const row = await tx.selectFrom('cases').select('heldDay').where('caseNo', '=', caseNo).executeTakeFirst();
    if (!row) throw refused(`there is no case ${caseNo}; it may have been erased, or deleted by retention`);
    if ((row.heldDay !== null) === (action === 'hold'))
      throw refused(`case ${caseNo} is ${row.heldDay === null ? 'not held' : 'held already'}`);
    const heldDay = action === 'hold' ? toDay(now) : null;
    await tx.updateTable('cases').set({ heldDay }).where('caseNo', '=', caseNo).execute();
    const { seq } = await recordAction(tx, { type: 'data', action, case: caseNo }, user, now);
    await tx.insertInto('caseNotes').values({ seq, caseNo, text: checked }).execute();
  });
}
