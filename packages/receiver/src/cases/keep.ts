/**
 * How long a case is kept: by its outcome, and by the law of its order. Pure. Flow: end-cases → here.
 * Promise: what was decided for the user is deleted at once, unless the provider states days for a second look; a case that
 * is held is not deleted. Spec: docs/design/receiver.md#retention
 */
import type { CaseReview, CaseState } from '@lodestone/protocol/case-review';
import type { Day } from '@lodestone/protocol/time';

/** Days for which cases are kept. 0: deleted at once. */
export interface CaseRetention {
  /** After a case opened, was opened again, or was contested, while nobody has decided. */
  undecidedDays: number;
  /** After a dismissal. Until then a dismissal can be contested. */
  dismissedDays: number;
  /** After a decision against the user was overturned. Until then the user can read the answer. */
  overturnedDays: number;
  /** After the second confirmation, or the report that followed it. */
  confirmedDays: number;
}

/** What the rules need to know of a case. */
export interface KeptCase {
  state: CaseState;
  decision: CaseReview['decision'];
  openedDay: Day;
  /** Day of the latest change of the state. */
  stateDay: Day;
  /** Day of the decision, or of the report that followed it. */
  decidedDay: Day | null;
  /** A legal hold keeps it. */
  isHeld: boolean;
}

type Rule = (kept: KeptCase, rules: CaseRetention) => Day;

/** The day on which a case is deleted if it is kept for so many days after `from`. */
function after(from: Day, days: number): Day {
  return (days === 0 ? from : from + days + 1) as Day;
}

const undecided: Rule = ({ openedDay }, { undecidedDays }) => after(openedDay, undecidedDays);
const decided: Rule = ({ decision, decidedDay, stateDay }, { confirmedDays, dismissedDays }) =>
  after(decidedDay ?? stateDay, decision === 'confirm' ? confirmedDays : dismissedDays);

/** A contest is judged before anything is deleted, in the days of an undecided case. */
const contested: Rule = (kept, rules) =>
  Math.max(decided(kept, rules), after(kept.stateDay, rules.undecidedDays)) as Day;

/** A dismissal that was upheld, and so never ended. */
const upheld: Rule = (kept, rules) =>
  kept.decision === 'confirm' ? decided(kept, rules) : after(kept.stateDay, rules.dismissedDays);

/** A dismissal that was overturned waits to be opened again. */
const overturned: Rule = ({ decision, stateDay }, { overturnedDays, undecidedDays }) =>
  after(stateDay, decision === 'confirm' ? overturnedDays : undecidedDays);

const RULES: Readonly<Record<CaseState, Rule>> = {
  proposed: undecided,
  new: undecided,
  'in-review': undecided,
  'confirmed-once': undecided,
  'second-review': undecided,
  confirmed: decided,
  reported: decided,
  dismissed: decided,
  contested,
  upheld,
  overturned,
};

/** The day on which the case is deleted; null while it is held. */
export function deletionDay(kept: KeptCase, rules: CaseRetention): Day | null {
  return kept.isHeld ? null : RULES[kept.state](kept, rules);
}

/** Whether people decided for the user: what arrived before the decision does not come back. */
export function endedForUser({ state, decision }: Pick<KeptCase, 'state' | 'decision'>): boolean {
  if (state === 'overturned') return decision === 'confirm';
  return decision === 'dismiss';
}

/** The days from which retention counts: they start again when a case is opened again, and when it is reported. */
export function retentionDays(
  { openedDay, decidedDay, state: before }: Pick<KeptCase, 'openedDay' | 'decidedDay' | 'state'>,
  after: CaseState,
  today: Day,
): Pick<KeptCase, 'openedDay' | 'decidedDay'> {
  if (before === 'overturned' && after === 'new') return { openedDay: today, decidedDay: null };
  const decides = after !== before && (after === 'confirmed' || after === 'dismissed' || after === 'reported');
  return { openedDay, decidedDay: decides ? today : decidedDay };
}
