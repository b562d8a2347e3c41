/** What a user can do about a case now, by the rules of review. Flow: list-cases → here → console. Spec: docs/design/receiver.md#review */
import type { RecordEntry } from '@lodestone/protocol/case-record';
import {
  CASE_ACTIONS,
  type CaseAction,
  nextReview,
  SERVICE_ACTIONS,
  type ServiceAction,
} from '@lodestone/protocol/case-review';
import type { User } from '../users/users.ts';
import { type CaseRow, reviewOf } from './step.ts';

export type UserCaseAction = Exclude<CaseAction, ServiceAction>;

export const USER_CASE_ACTIONS: readonly UserCaseAction[] = CASE_ACTIONS.filter(
  (action): action is UserCaseAction => !(SERVICE_ACTIONS as readonly CaseAction[]).includes(action),
);

/** Evidence that no longer stands can still refuse one of them; the error says so. */
export function allowedActions(
  { name, role }: User,
  row: Pick<CaseRow, 'caseNo' | 'state'>,
  actions: readonly RecordEntry[],
): UserCaseAction[] {
  const review = reviewOf(row, actions);
  return USER_CASE_ACTIONS.filter((action) => typeof nextReview(review, { action, actor: name, role }) !== 'string');
}
