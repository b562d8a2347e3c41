/**
 * Writes feedback for the authority of each list, when a decision is overturned. Flow: contests/settle → here → export.
 * Promise: a row leads to no case and no subject, so it stays when they are erased. Spec: docs/design/receiver.md#feedback
 */
import type { CaseReason } from '@lodestone/protocol/case-review';
import { toDay } from '@lodestone/protocol/time';
import { type Transaction, sql } from 'kysely';
import type { Tables } from '../db/schema.ts';

/** One row for each entry of a list. Matches of a classifier have none. */
export async function writeFeedback(
  tx: Transaction<Tables>,
  caseNo: number,
  reason: CaseReason,
  now: number,
): Promise<void> {
  await sql`
    insert into feedback (reference, entry, evidence, reason, day)
    select reference, entry, case when bool_or(evidence = 'exact') then 'exact' else 'confirmed' end,
      ${reason}::text, ${toDay(now)}::integer
    from case_receipts where case_no = ${caseNo}::integer and evidence <> 'classifier'
    group by reference, entry order by reference, entry`.execute(tx);
}
