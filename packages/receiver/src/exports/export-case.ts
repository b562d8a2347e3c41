/**
 * Reads a confirmed case for an export, and records that it was exported. Flow: cli → here → formats.
 * Promise: only what two people confirmed, and nobody overturned or has to judge again, leaves the receiver; an export that cannot be printed is not recorded, and none is
 * returned that is not. Spec: docs/design/receiver.md#exports
 */
import type { RecordEntry } from '@lodestone/protocol/case-record';
import type { CaseState } from '@lodestone/protocol/case-review';
import { toDay } from '@lodestone/protocol/time';
import { readCaseFile } from '../cases/list-cases.ts';
import { refused, refuseMarked } from '../cases/step.ts';
import type { Database } from '../db/schema.ts';
import { lockRecord, recordAction } from '../record/append.ts';
import { newestOrder } from '../sources/newest-order.ts';
import { userFor } from '../users/users.ts';
import { addCounts } from '../report/counts.ts';
import type { ExportedCase } from './format.ts';
import type { FormatName } from './formats.ts';

/** What the receiver itself knows of the export. */
export type ReadCase = Pick<ExportedCase, 'case' | 'evidence' | 'actions' | 'order'>;

/** `upheld` may also be an upheld dismissal. */
const REPORTED: readonly CaseState[] = ['confirmed', 'reported', 'upheld'];
/** Whether a case in this state can be reported, if it is a confirmation and was not marked since. */
export const isReportable = (state: CaseState): boolean => REPORTED.includes(state);
const isConfirmation = (entry: RecordEntry): boolean => entry.type === 'case' && entry.after === 'confirmed';

/**
 * @param print called with the case; what it throws undoes the record
 * @returns what it prints
 * @throws {LodestoneError} `ERR_CASE` for another role than lead, or a case that is not confirmed or was marked since
 */
export async function exportCase(
  db: Database,
  token: string,
  { caseNo, format, isReal }: { caseNo: number; format: FormatName; isReal: boolean },
  now: number,
  print: (exported: ReadCase) => string,
): Promise<string> {
  return db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const user = await userFor(tx, token, 'export');
    const { case: summary, evidence, actions } = await readCaseFile(tx, user, caseNo);
    if (!('pseudonym' in summary) || !evidence) throw refused('the role sees no evidence');
    const stands = isReportable(summary.state) && actions.some(isConfirmation);
    if (!stands) throw refused(`case ${caseNo} is ${summary.state}; only a confirmed case is reported`);
    refuseMarked(caseNo, actions);
    await recordAction(tx, { type: 'data', action: 'export', cases: 1 }, user, now);
    const key = isReal ? format : 'test';
    await addCounts(tx, toDay(now), [{ measure: 'exports', dimension: 'format', key }]);
    return print({ case: summary, evidence, actions, order: await newestOrder(tx, summary.order) });
  });
}
