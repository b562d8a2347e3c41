/** Cases: the list, one case, and what people do about it. Flow: routes → here → cases → pages. Spec: docs/design/receiver.md#console */
import { HOLD_ACTIONS, type HoldAction } from '@lodestone/protocol/case-record';
import { CASE_REASONS, CASE_STATES, type CaseReason, type CaseState } from '@lodestone/protocol/case-review';
import { LodestoneError } from '@lodestone/protocol/error';
import { Name } from '@lodestone/protocol/name';
import { toDay } from '@lodestone/protocol/time';
import { actAndEnd } from '../cases/act.ts';
import { allowedActions, USER_CASE_ACTIONS, type UserCaseAction } from '../cases/allowed-actions.ts';
import { readOrderCounts } from '../cases/counts.ts';
import { holdCase } from '../cases/hold.ts';
import { type CaseFilter, countCases, listCases, readCaseFile } from '../cases/list-cases.ts';
import type { Database } from '../db/schema.ts';
import type { Attempted } from './case-forms.ts';
import { casePage } from './case-page.ts';
import { CASES_PAGE, casesPage, isView, type Search } from './cases-page.ts';
import { type Route, textOf, type Visit } from './visit.ts';

export const CASE_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/cases', action: 'see cases', handle: showCases },
  { method: 'GET', path: '/cases/:no{[1-9][0-9]{0,8}}', action: 'see cases', handle: (visit) => showCase(visit) },
  ...USER_CASE_ACTIONS.map((action): Route => ({
    method: 'POST',
    path: `/cases/:no{[1-9][0-9]{0,8}}/${action}`,
    action: 'review cases',
    handle: (visit) => act(visit, action),
  })),
  ...HOLD_ACTIONS.map((action): Route => ({
    method: 'POST',
    path: `/cases/:no{[1-9][0-9]{0,8}}/${action}`,
    action: 'hold cases',
    handle: (visit) => hold(visit, action),
  })),
];

/** The fewest with which a subject is searched. */
const SUBJECT_DIGITS = 8;

const caseNoOf = ({ c }: Visit): number => Number(c.req.param('no'));

async function showCases(visit: Visit): Promise<Response> {
  const { c, db, user } = visit;
  const search = searchOf(visit);
  const { find } = search;
  if (find !== undefined && (await isCaseNumber(db, find))) return c.redirect(`/cases/${find}`, 303);
  if (find !== undefined && !/^[\da-f]{8,32}$/i.test(find))
    throw new LodestoneError(
      'ERR_CASE',
      'find takes the number of a case, or the first 8 or more hex digits of a subject',
    );
  const filter = filterOf(search, visit);
  const orders = user.role === 'auditor' ? [] : await readOrderCounts(db);
  const cases = await listCases(db, user, { ...filter, after: search.after, limit: CASES_PAGE });
  return c.html(casesPage(visit, { search, cases, orders, total: await countCases(db, user, filter) }));
}

/** Eight or nine decimal digits can also be the first digits of a subject. */
async function isCaseNumber(db: Database, find: string): Promise<boolean> {
  if (!/^[1-9]\d{0,8}$/.test(find)) return false;
  if (find.length < SUBJECT_DIGITS) return true;
  const found = await db.selectFrom('cases').select('caseNo').where('caseNo', '=', Number(find)).executeTakeFirst();
  return found !== undefined;
}

function searchOf({ c }: Visit): Search {
  const query = (name: string): string | undefined => c.req.query(name)?.trim() || undefined;
  const [view = 'open', state, after] = [query('view'), query('state'), query('after')];
  return {
    view: isView(view) ? view : 'open',
    state: CASE_STATES.find((each): each is CaseState => each === state),
    order: query('order'),
    find: query('find'),
    after: after !== undefined && /^[1-9]\d{0,8}$/.test(after) ? Number(after) : undefined,
    ended: c.req.query('ended') !== undefined,
  };
}

function filterOf({ view, state, order, find }: Search, { user, now }: Visit): CaseFilter {
  const [source, orderId] = (order?.split(':') ?? []).map((part) => Name.safeParse(part).data);
  return {
    state,
    view: view === 'open' || view === 'decided' ? view : undefined,
    holder: view === 'mine' ? user.name : undefined,
    dueBefore: view === 'overdue' ? toDay(now()) : undefined,
    order: source !== undefined && orderId !== undefined ? { source, orderId } : undefined,
    pseudonym: find,
  };
}

/** @param attempted an action that was refused */
export async function showCase(visit: Visit, attempted?: Attempted): Promise<Response> {
  const { c, db, user } = visit;
  const file = await readCaseFile(db, user, caseNoOf(visit));
  const actions = allowedActions(user, file.case, file.actions);
  return c.html(casePage(visit, file, actions, attempted), attempted ? 409 : 200);
}

async function act(visit: Visit, action: UserCaseAction): Promise<Response> {
  const { c, db, config, session, now, form } = visit;
  const [text, answer] = [textOf(visit, 'text'), textOf(visit, 'answer')];
  const reason = CASE_REASONS.find((each): each is CaseReason => each === form.get('reason'));
  const caseNo = caseNoOf(visit);
  try {
    await actAndEnd(db, config, session, { caseNo, action, reason, text, answer }, now());
  } catch (error) {
    return showRefusal(visit, { action, text, answer, reason }, error);
  }
  return c.redirect(await backTo(visit, caseNo), 303);
}

async function hold(visit: Visit, action: HoldAction): Promise<Response> {
  const { c, db, session, now } = visit;
  const [caseNo, text] = [caseNoOf(visit), textOf(visit, 'text')];
  try {
    if (text === undefined) throw new LodestoneError('ERR_CASE', `${action} needs a text that explains it`);
    await holdCase(db, session, { caseNo, action, text }, now());
  } catch (error) {
    return showRefusal(visit, { action, text }, error);
  }
  return c.redirect(`/cases/${caseNo}`, 303);
}

/** The case as it is now, with what the user typed and why it was refused. */
async function showRefusal(visit: Visit, tried: Omit<Attempted, 'why'>, error: unknown): Promise<Response> {
  if (!(error instanceof LodestoneError) || error.code === 'ERR_RECEIVER') throw error;
  return showCase(visit, { ...tried, why: error.message });
}

/** A case that the action ended is gone: then to the list. */
async function backTo({ db, user }: Visit, caseNo: number): Promise<string> {
  try {
    await readCaseFile(db, user, caseNo);
    return `/cases/${caseNo}`;
  } catch (error) {
    if (error instanceof LodestoneError && error.code === 'ERR_CASE') return '/cases?ended';
    throw error;
  }
}
