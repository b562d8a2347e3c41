/**
 * The rules of review, tried on the entries of a record. The rules about two people are also counted directly, so that an
 * error in the shared state machine does not hide here. Pure. Spec: docs/design/receiver.md#review
 */
import { DATA_ROLES, type RecordEntry } from '@lodestone/protocol/case-record';
import {
  type CaseAction,
  type CaseReview,
  REFUSALS,
  replay,
  type Role,
  SERVICE,
} from '@lodestone/protocol/case-review';
import type { Name } from '@lodestone/protocol/name';
import { count, fail, notTested, type Outcome, pass } from '../../report/report.ts';

type CaseEntry = Extract<RecordEntry, { type: 'case' }>;
type Problem = readonly [entry: RecordEntry, why: string];

export function caseEntries(entries: readonly RecordEntry[]): CaseEntry[] {
  return entries.filter((entry): entry is CaseEntry => entry.type === 'case');
}

/** Users change as the entries say: `remove` ends the role, and the name stays used. The receiver acts under its own name and role. */
export function userOutcome(entries: readonly RecordEntry[]): Outcome {
  const users = new Map<Name, Role | 'removed'>();
  const problems: Problem[] = [];
  for (const entry of entries) {
    if (entry.role === 'service' || entry.actor === SERVICE) {
      if (entry.role !== 'service' || entry.actor !== SERVICE || entry.type !== 'case')
        problems.push([entry, `only the receiver itself is ${SERVICE}, and it acts on cases alone`]);
      continue;
    }
    const isFirst = users.size === 0 && entry.type === 'user' && entry.action === 'add' && entry.user === entry.actor;
    const role = isFirst ? entry.userRole : users.get(entry.actor);
    if (role !== entry.role) problems.push([entry, `${entry.actor} is ${role ?? 'no user'}, not ${entry.role}`]);
    if (entry.type === 'data' && !DATA_ROLES[entry.action].includes(entry.role))
      problems.push([entry, `${entry.role}s do not ${entry.action} data`]);
    if (entry.type !== 'user') continue;
    if (entry.role !== 'administrator') problems.push([entry, `${entry.role}s do not change users`]);
    if (entry.action === 'add') {
      if (users.has(entry.user)) problems.push([entry, `the name ${entry.user} was used before`]);
      users.set(entry.user, entry.userRole);
    } else {
      if (users.get(entry.user) !== entry.userRole) problems.push([entry, `${entry.user} is not ${entry.userRole}`]);
      if (entry.action === 'remove') users.set(entry.user, 'removed');
    }
  }
  return problems.length > 0 ? fail(listed(problems)) : pass(`${count(users.size, 'user')}.`);
}

export function actionOutcome(entries: readonly RecordEntry[]): Outcome {
  const reviews = new Map<number, CaseReview>();
  const problems: Problem[] = [];
  const actions = caseEntries(entries);
  for (const entry of actions) {
    const next = replay(reviews.get(entry.case), entry);
    if (typeof next !== 'string') reviews.set(entry.case, next);
    else problems.push([entry, next === 'gap' ? gapText(reviews.get(entry.case), entry) : REFUSALS[next]]);
  }
  if (actions.length === 0) return notTested(NO_ACTION);
  if (problems.length > 0) return fail(listed(problems));
  return pass(`${count(actions.length, 'action')} on ${count(reviews.size, 'case')}.`);
}

export function confirmationOutcome(entries: readonly RecordEntry[]): Outcome {
  const confirmed = new Set<number>();
  const problems: Problem[] = [];
  for (const [entry, before] of withActors(entries, ['confirm'])) {
    if (entry.after !== 'confirmed' || entry.before === 'confirmed') continue;
    confirmed.add(entry.case);
    const users = new Set(entry.action === 'confirm' ? [...before, entry.actor] : before);
    if (users.size < 2) problems.push([entry, `confirmed by ${[...users].join(', ') || 'nobody'} alone`]);
  }
  if (problems.length > 0) return fail(listed(problems));
  return confirmed.size === 0 ? notTested('No case became confirmed.') : pass(`${count(confirmed.size, 'case')}.`);
}

export function contestOutcome(entries: readonly RecordEntry[]): Outcome {
  let judged = 0;
  const problems: Problem[] = [];
  for (const [entry, before] of withActors(entries, ['open', 'confirm', 'dismiss', 'report'])) {
    if (entry.action !== 'uphold' && entry.action !== 'overturn') continue;
    judged += 1;
    if (before.includes(entry.actor)) problems.push([entry, `${entry.actor} took part in the decision`]);
  }
  if (problems.length > 0) return fail(listed(problems));
  return judged === 0 ? notTested('No contest was judged.') : pass(`${count(judged, 'contest')}.`);
}

/** Each entry of a case, with the users who took one of the actions on it before, since it was last opened. */
function withActors(entries: readonly RecordEntry[], actions: readonly CaseAction[]): [CaseEntry, readonly Name[]][] {
  const actors = new Map<number, Name[]>();
  return caseEntries(entries).map((entry) => {
    const before = entry.action === 'open' ? [] : (actors.get(entry.case) ?? []);
    actors.set(entry.case, actions.includes(entry.action) ? [...before, entry.actor] : before);
    return [entry, before];
  });
}

const NO_ACTION = 'The record has no action on a case.';

function gapText(review: CaseReview | undefined, { before, after }: CaseEntry): string {
  const was = review === undefined ? 'a case begins as proposed or new' : `it was ${review.state}`;
  return `the entry goes from ${before} to ${after}, but ${was}`;
}

const SHOWN = 20;

function listed(problems: readonly Problem[]): string {
  const lines = problems.slice(0, SHOWN).map(([entry, why]) => {
    const of = entry.type === 'case' ? `, case ${entry.case}` : '';
    return `\n- Entry ${entry.seq}${of}, ${entry.actor} ${entry.action}: ${why}.`;
  });
  const more = problems.length > SHOWN ? `\n- and ${problems.length - SHOWN} more.` : '';
  return `${count(problems.length, 'exception')}:${lines.join('')}${more}`;
}
