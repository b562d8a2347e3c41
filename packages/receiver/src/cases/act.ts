/**
 * Acts on a case as a user: one transaction with everything that follows, up to the outcome of contests. Flow: cli, receiver →
 * here → step, contests/settle. Promise: of two users who act at the same time, the second acts on what the first left, on
 * every receiver of the database. Spec: docs/design/receiver.md#review
 */
import type { CaseAction, CaseReview } from '@lodestone/protocol/case-review';
import { Statement } from '@lodestone/protocol/contest';
import { check } from '@lodestone/protocol/document';
import { readClock } from '../clock/trusted-time.ts';
import { settleContests } from '../contests/settle.ts';
import type { ReceiverConfig } from '../config.ts';
import type { Database } from '../db/schema.ts';
import { lockRecord } from '../record/append.ts';
import { signedInUser } from '../users/users.ts';
import { endCases } from './end-cases.ts';
import { refused, type Step, stepCase } from './step.ts';

export interface CaseStepOptions extends Step {
  /** A note for the people who review; not in the record. `note`, `dismiss`, `contest` and `overturn` need one. */
  text?: string | undefined;
  /** A sentence for the users who contested the decision by receipt. `uphold` and `overturn` need one if somebody did. */
  answer?: string | undefined;
}

export const NEEDS_TEXT: readonly CaseAction[] = ['note', 'dismiss', 'contest', 'overturn'];
/** Actions that can give an outcome to a contest. */
export const ANSWERING: readonly CaseAction[] = ['dismiss', 'uphold', 'overturn'];
/** After these, a case may have to be deleted at once. */
const ENDING: readonly CaseAction[] = ['dismiss', 'uphold', 'overturn'];

/**
 * @param token of the user who acts
 * @returns the case after the action
 * @throws {LodestoneError} `ERR_CASE` if the rules refuse it; `ERR_SCHEMA` for a text that is too long
 */
export async function actOnCase(
  db: Database,
  token: string,
  options: CaseStepOptions,
  now: number,
): Promise<CaseReview> {
  const { action, caseNo, reason } = options;
  const note = options.text === undefined ? undefined : check(Statement, options.text, 'text');
  const answer = options.answer === undefined ? undefined : check(Statement, options.answer, 'answer');
  if (NEEDS_TEXT.includes(action) && note === undefined) throw refused(`${action} needs a text that explains it`);
  if (answer !== undefined && !ANSWERING.includes(action))
    throw refused(`${action} has no answer for the user; only ${ANSWERING.join(', ')} have one`);
  return db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const stepped = await stepCase(tx, await signedInUser(tx, token), { caseNo, action, reason }, now);
    if (note !== undefined) await tx.insertInto('caseNotes').values({ seq: stepped.seq, caseNo, text: note }).execute();
    return settleContests(tx, stepped, { action, reason, answer }, now);
  });
}

/** The same, and deletes at once the cases that are due for it, if the clock is believed. */
export async function actAndEnd(
  db: Database,
  config: ReceiverConfig,
  token: string,
  options: CaseStepOptions,
  now: number,
): Promise<CaseReview> {
  const acted = await actOnCase(db, token, options, now);
  if (!ENDING.includes(options.action)) return acted;
  const { time } = await readClock(db, now);
  if (time !== undefined) await endCases(db, config, time); // else retention says so, and deletes later
  return acted;
}
