/**
 * The review of a case as a state machine: which action is allowed in which state, for which role, and to whom. Pure.
 * Flow: receiver/cases acts by it, and audit/record verifies by it, so the rules have one home.
 * Promise: two different users confirm; one user at a time reviews; nobody judges a contest of their own decision.
 * Spec: docs/design/receiver.md#review
 */
import type { Name } from './name.ts';

/** A user has one role. An auditor sees the process and no subject; an administrator manages users and sees no case. */
export const ROLES = ['reviewer', 'lead', 'auditor', 'administrator'] as const;
export type Role = (typeof ROLES)[number];

/** Who acts without being a user: the receiver itself, when a contest arrives by receipt or a list withdraws an entry. */
export const SERVICE: Name = 'receiver' as Name;
export const ACTOR_ROLES = ['reviewer', 'lead', 'auditor', 'administrator', 'service'] as const;
export type ActorRole = (typeof ACTOR_ROLES)[number];

export const CASE_STATES = [
  'proposed', // the threshold was reached without an exact match; a lead decides whether it becomes a case
  'new',
  'in-review',
  'confirmed-once',
  'second-review',
  'confirmed',
  'reported',
  'dismissed',
  'contested',
  'upheld',
  'overturned',
] as const;
export type CaseState = (typeof CASE_STATES)[number];

export const CASE_ACTIONS = [
  'open',
  'take',
  'release',
  'confirm',
  'dismiss',
  'report',
  'contest',
  'uphold',
  'overturn',
  'note',
  'mark', // the list's authority suppressed an entry of the case
  'tell', // the account service accepted the outcome of a contest
  'erase', // the case was erased, as its subject asked; nothing follows
  'expire', // retention deleted the case; nothing follows
] as const;
export type CaseAction = (typeof CASE_ACTIONS)[number];

/** Actions of the receiver itself, and of no user. */
export const SERVICE_ACTIONS = ['mark', 'tell', 'erase', 'expire'] as const;
export type ServiceAction = (typeof SERVICE_ACTIONS)[number];

/** Why a case was dismissed or marked, or a decision overturned. The text that explains it is a note, which the record does not contain. */
export const CASE_REASONS = [
  'entry-withdrawn', // the list's authority suppressed or withdrew the entry
  'wrong-match', // what the user or a court showed is not the listed content
  'account-misused', // somebody else used the account
  'lawful-purpose', // for example a hotline, an investigator or a court
  'technical-error', // a test, a defect, or a forged signal
  'not-enough', // the evidence does not justify a decision against the user
] as const;
export type CaseReason = (typeof CASE_REASONS)[number];

/** Actions that state a reason. No other action has one. */
export const REASONED_ACTIONS = ['dismiss', 'overturn', 'mark'] as const;
export type ReasonedAction = (typeof REASONED_ACTIONS)[number];

/** Allowed in each state, and change none. */
const REMARKS: readonly CaseAction[] = ['note', ...SERVICE_ACTIONS];

/** State and action → next state. A missing action is not allowed in that state. */
const TRANSITIONS: Readonly<Record<CaseState, Readonly<Partial<Record<CaseAction, CaseState>>>>> = {
  proposed: { open: 'new' },
  new: { take: 'in-review' },
  'in-review': { release: 'new', confirm: 'confirmed-once', dismiss: 'dismissed' },
  'confirmed-once': { take: 'second-review' },
  'second-review': { release: 'confirmed-once', confirm: 'confirmed', dismiss: 'dismissed' },
  confirmed: { report: 'reported', contest: 'contested' },
  reported: { contest: 'contested' },
  dismissed: { contest: 'contested' },
  contested: { uphold: 'upheld', overturn: 'overturned' },
  upheld: { report: 'reported' },
  overturned: { open: 'new' },
};

/** What users can do in a state, by its rules, apart from a note. Who may, and whether more is in the way, is not in it. */
export function actionsIn(state: CaseState): CaseAction[] {
  return Object.keys(TRANSITIONS[state]) as CaseAction[];
}

const MAY: Readonly<Record<CaseAction, readonly ActorRole[]>> = {
  open: ['lead'],
  take: ['reviewer', 'lead'],
  release: ['reviewer', 'lead'],
  confirm: ['reviewer', 'lead'],
  dismiss: ['reviewer', 'lead'],
  report: ['lead'],
  contest: ['reviewer', 'lead', 'service'],
  uphold: ['reviewer', 'lead'],
  overturn: ['reviewer', 'lead'],
  note: ['reviewer', 'lead'],
  mark: ['service'],
  tell: ['service'],
  erase: ['service'],
  expire: ['service'],
};

/** Actions by which a user takes part in a decision. */
const DECIDING: readonly CaseAction[] = ['open', 'confirm', 'dismiss', 'report'];

/** What the rules need to know of a case: its state, and what its past actions forbid. */
export interface CaseReview {
  readonly state: CaseState;
  /** Who reviews it; null except in `in-review` and `second-review`. */
  readonly holder: Name | null;
  /** Who confirmed it since it was opened. */
  readonly confirmedBy: readonly Name[];
  /** Who opened, confirmed, dismissed or reported it. They cannot judge a contest. */
  readonly participants: readonly Name[];
  /** The decision that stands, or that is contested. */
  readonly decision: 'confirm' | 'dismiss' | null;
  readonly isReported: boolean;
  /** A decision is contested once. */
  readonly wasContested: boolean;
}

export interface CaseStep {
  readonly action: CaseAction;
  readonly actor: Name;
  readonly role: ActorRole;
}

/** Why an action is refused. */
export const REFUSALS = {
  role: 'the role does not allow this action',
  state: 'the state does not allow this action',
  'held-by-another': 'another user reviews the case',
  'same-person': 'the second confirmation needs another user than the first',
  'took-part': 'a contest is judged by somebody who took no part in the decision',
  'nothing-to-report': 'only a confirmed case is reported, and only once',
  'contested-before': 'the decision was contested before',
  'for-the-user': 'a contest by receipt is the user’s, and does not question a decision for the user',
  'not-dismissed': 'only a case whose dismissal was overturned is opened again',
} as const;
export type Refusal = keyof typeof REFUSALS;

/** A case as it is before the first action. */
export function unreviewed(state: 'proposed' | 'new'): CaseReview {
  return {
    state,
    holder: null,
    confirmedBy: [],
    participants: [],
    decision: null,
    isReported: false,
    wasContested: false,
  };
}

/** An exact match opens a proposed case without an action of a user. */
export function openedByEvidence(review: CaseReview): CaseReview {
  return review.state === 'proposed' ? { ...review, state: 'new' } : review;
}

/** The case after the action, or why the action is refused. */
export function nextReview(review: CaseReview, step: CaseStep): CaseReview | Refusal {
  const refusal = refusalOf(review, step);
  if (refusal !== undefined) return refusal;
  const { action, actor } = step;
  const state = REMARKS.includes(action) ? review.state : TRANSITIONS[review.state][action];
  if (state === undefined) return 'state';
  const next = { ...review, state, ...CHANGES[action]?.(review, actor) };
  return DECIDING.includes(action) ? { ...next, participants: unique([...next.participants, actor]) } : next;
}

/** An action as the record has it. */
export interface RecordedStep extends CaseStep {
  readonly before: CaseState;
  readonly after: CaseState;
}

/**
 * Repeats a recorded action.
 * @param review undefined for the first action on a case
 * @returns the case after it, why the rules refuse it, or `gap` if its states do not follow from the actions before
 */
export function replay(review: CaseReview | undefined, step: RecordedStep): CaseReview | Refusal | 'gap' {
  const { before, after } = step;
  if (review === undefined && before !== 'proposed' && before !== 'new') return 'gap';
  let now = review ?? unreviewed(before === 'proposed' ? before : 'new');
  if (before === 'new') now = openedByEvidence(now);
  if (now.state !== before) return 'gap';
  const next = nextReview(now, step);
  return typeof next === 'string' || next.state === after ? next : 'gap';
}

const GUARDS: Readonly<
  Partial<Record<CaseAction, (review: CaseReview, actor: Name, role: ActorRole) => Refusal | undefined>>
> = {
  open: ({ state, decision }) => (state === 'overturned' && decision !== 'dismiss' ? 'not-dismissed' : undefined),
  take: ({ confirmedBy }, actor) => (confirmedBy.includes(actor) ? 'same-person' : undefined),
  release: ({ holder }, actor, role) => (holder === actor || role === 'lead' ? undefined : 'held-by-another'),
  confirm: ({ holder, confirmedBy }, actor) => {
    if (holder !== actor) return 'held-by-another';
    return confirmedBy.includes(actor) ? 'same-person' : undefined;
  },
  dismiss: ({ holder }, actor) => (holder === actor ? undefined : 'held-by-another'),
  report: ({ decision, isReported }) => (decision === 'confirm' && !isReported ? undefined : 'nothing-to-report'),
  contest: ({ wasContested, decision }, _, role) => {
    if (role === 'service' && decision === 'dismiss') return 'for-the-user';
    return wasContested ? 'contested-before' : undefined;
  },
  uphold: tookPart,
  overturn: tookPart,
};

/** What an action changes in addition to the state and the participants. */
const CHANGES: Readonly<Partial<Record<CaseAction, (review: CaseReview, actor: Name) => Partial<CaseReview>>>> = {
  open: () => ({ ...unreviewed('new') }),
  take: (_, actor) => ({ holder: actor }),
  release: () => ({ holder: null }),
  confirm: ({ state, confirmedBy }, actor) => ({
    holder: null,
    confirmedBy: [...confirmedBy, actor],
    decision: state === 'second-review' ? 'confirm' : null,
  }),
  dismiss: () => ({ holder: null, decision: 'dismiss' }),
  report: () => ({ isReported: true }),
  contest: () => ({ wasContested: true }),
};

function refusalOf(review: CaseReview, { action, actor, role }: CaseStep): Refusal | undefined {
  if (!MAY[action].includes(role)) return 'role';
  if (!REMARKS.includes(action) && TRANSITIONS[review.state][action] === undefined) return 'state';
  return GUARDS[action]?.(review, actor, role);
}

function tookPart({ participants }: CaseReview, actor: Name): Refusal | undefined {
  return participants.includes(actor) ? 'took-part' : undefined;
}

function unique(names: readonly Name[]): readonly Name[] {
  return [...new Set(names)];
}
