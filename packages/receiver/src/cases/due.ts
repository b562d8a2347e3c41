/** When the next action on a case is due. Our choice: no law states these days. Spec: docs/design/receiver.md#priority */
import type { CaseAction } from '@lodestone/protocol/case-review';
import type { Day } from '@lodestone/protocol/time';

/** Days from the opening of a case, or from the proposal of one, to its first decision. */
export const FIRST_DECISION_DAYS = 7;

/** Days from a contest to its outcome. */
export const CONTEST_DAYS = 14;

/** Days from the action to the next one; `unchanged` where the action is no progress; null where nothing is due. */
const DUE_DAYS: Readonly<Record<CaseAction, number | 'unchanged' | null>> = {
  open: FIRST_DECISION_DAYS,
  take: 'unchanged',
  release: 'unchanged',
  confirm: 3,
  dismiss: null,
  report: null,
  contest: CONTEST_DAYS,
  uphold: null,
  overturn: null,
  note: 'unchanged',
  mark: 'unchanged',
  tell: 'unchanged',
  erase: null,
  expire: null,
};

export function dueDayAfter(action: CaseAction, today: Day, before: Day | null): Day | null {
  const days = DUE_DAYS[action];
  if (days === 'unchanged') return before;
  return days === null ? null : ((today + days) as Day);
}
