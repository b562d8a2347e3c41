/**
 * Entries that many subjects match at once: the list, one of them, and what a lead decides. Flow: routes → here → floods → pages.
 * Promise: a decision and a file for an authority come from the functions of the command line. Spec: docs/design/receiver.md#floods
 */
import { FLOOD_ACTIONS, FLOOD_REASONS, type FloodAction, type FloodReason } from '@lodestone/protocol/case-record';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Context } from 'hono';
import { exportFeedback } from '../feedback/export.ts';
import { decideFlood, floodFeedback } from '../floods/decide.ts';
import { floodAges } from '../floods/ages.ts';
import { HELD_BACK, listFloods, readFlood } from '../floods/list.ts';
import { asFile } from './download.ts';
import { type AttemptedFlood, floodPage } from './flood-page.ts';
import { FLOODS_PAGE, floodsPage, isFloodView } from './floods-page.ts';
import { type Route, textOf, type Visit } from './visit.ts';

const ONE = '/floods/:no{[1-9][0-9]{0,8}}';

export const FLOOD_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/floods', action: 'see floods', handle: showFloods },
  { method: 'POST', path: '/floods/feedback', action: 'decide floods', handle: saveFeedback },
  { method: 'GET', path: ONE, action: 'see floods', handle: (visit) => showFlood(visit) },
  ...FLOOD_ACTIONS.map((action): Route => ({
    method: 'POST',
    path: `${ONE}/${action}`,
    action: 'decide floods',
    handle: (visit) => decide(visit, action),
  })),
  { method: 'POST', path: `${ONE}/feedback`, action: 'decide floods', handle: saveFloodFeedback },
];

const floodNoOf = ({ c }: Visit): number => Number(c.req.param('no'));

async function showFloods(visit: Visit): Promise<Response> {
  const { c, db, user } = visit;
  const [view = 'held', after] = [c.req.query('view'), c.req.query('after')];
  const search = {
    view: isFloodView(view) ? view : ('held' as const),
    after: after !== undefined && /^[1-9]\d{0,8}$/.test(after) ? Number(after) : undefined,
  };
  const states = { held: HELD_BACK, released: ['released'] as const, all: undefined }[search.view];
  const floods = await listFloods(db, user, { states, after: search.after, limit: FLOODS_PAGE });
  return c.html(floodsPage(visit, search, floods));
}

async function showFlood(visit: Visit, attempted?: AttemptedFlood): Promise<Response> {
  const { c, db, user } = visit;
  const read = await readFlood(db, user, floodNoOf(visit));
  const { flood } = read;
  const list = 'entry' in flood ? await visit.youngAccounts?.() : undefined;
  const ages = 'entry' in flood && list ? await floodAges(db, flood, list) : undefined;
  return c.html(floodPage(visit, { ...read, ages }, attempted), attempted ? 409 : 200);
}

async function decide(visit: Visit, action: FloodAction): Promise<Response> {
  const { c, db, session, form, now } = visit;
  const [floodNo, text] = [floodNoOf(visit), textOf(visit, 'text')];
  const reason = FLOOD_REASONS.find((each): each is FloodReason => each === form.get('reason'));
  try {
    if (reason === undefined || text === undefined)
      throw new LodestoneError('ERR_CASE', 'a decision needs a reason and a text that explains it');
    const { feedback } = await decideFlood(db, session, { floodNo, action, reason, text }, now());
    return action === 'question-entry'
      ? asFeedback(c, `flood-${floodNo}`, feedback)
      : c.redirect(`/floods/${floodNo}`, 303);
  } catch (error) {
    if (!(error instanceof LodestoneError) || error.code === 'ERR_RECEIVER') throw error;
    return showFlood(visit, { action, reason, text, why: error.message });
  }
}

async function saveFloodFeedback(visit: Visit): Promise<Response> {
  const { c, db, user } = visit;
  const floodNo = floodNoOf(visit);
  return asFeedback(c, `flood-${floodNo}`, await floodFeedback(db, user, floodNo));
}

/** All lines for one authority, as `feedback --source` prints them. */
async function saveFeedback({ c, db, user, config, form }: Visit): Promise<Response> {
  const source = config.authorities.lists.find(({ name }) => name === form.get('source'))?.name;
  if (source === undefined) throw new LodestoneError('ERR_CASE', 'choose an authority of lists from receiver.json');
  return asFeedback(c, source, (await exportFeedback(db, user, source)).join(''));
}

function asFeedback(c: Context, name: string, lines: string): Response {
  asFile(c, `feedback-${name}.ndjson`, 'application/x-ndjson');
  return c.body(lines);
}
