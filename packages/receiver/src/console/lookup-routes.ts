/**
 * Look-ups in the console: who reviews asks, who cannot act on a case signs, and who reviews saves the signed file. Flow: routes → here →
 * lookups/requests → pages. Promise: a person's key is used for one signature; it is in no page, table or log. Spec: docs/design/contracts.md#look-up
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { askLookup, listLookups, LOOKUP_STATES, type LookupState, saveLookup, signAsked } from '../lookups/requests.ts';
import { showCase } from './case-routes.ts';
import { asFile } from './download.ts';
import { LOOKUPS_PAGE, lookupsPage } from './lookups-page.ts';
import { type Route, textOf, type Visit } from './visit.ts';

const ONE = '/lookups/:no{[1-9][0-9]{0,8}}';

export const LOOKUP_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/lookups', action: 'see look-ups', handle: (visit) => showLookups(visit) },
  { method: 'POST', path: '/cases/:no{[1-9][0-9]{0,8}}/lookup', action: 'ask look-ups', handle: ask },
  { method: 'POST', path: `${ONE}/sign`, action: 'sign look-ups', handle: sign },
  { method: 'POST', path: `${ONE}/save`, action: 'ask look-ups', handle: save },
];

const numberOf = ({ c }: Visit): number => Number(c.req.param('no'));

async function showLookups(visit: Visit): Promise<Response> {
  const { c, db, now } = visit;
  const [view, after] = [c.req.query('view') ?? 'waiting', c.req.query('after')];
  const search = {
    state: LOOKUP_STATES.find((each): each is LookupState => each === view),
    after: after !== undefined && /^[1-9]\d{0,8}$/.test(after) ? Number(after) : undefined,
  };
  const lookups = await listLookups(db, { ...search, limit: LOOKUPS_PAGE }, now());
  return c.html(lookupsPage(visit, search, lookups));
}

async function ask(visit: Visit): Promise<Response> {
  const { c, db, session, now } = visit;
  const reason = textOf(visit, 'reason');
  try {
    if (reason === undefined) throw new LodestoneError('ERR_CASE', 'a look-up needs a reason');
    const signer = { token: session, privateKey: keyOf(visit) };
    await askLookup(db, signer, { caseNo: numberOf(visit), reason }, now());
  } catch (error) {
    if (!(error instanceof LodestoneError) || error.code === 'ERR_RECEIVER') throw error;
    return showCase(visit, { action: 'lookup', text: reason, why: error.message });
  }
  return c.redirect('/lookups', 303);
}

async function sign(visit: Visit): Promise<Response> {
  const { c, db, session, now } = visit;
  await signAsked(db, { token: session, privateKey: keyOf(visit) }, numberOf(visit), now());
  return c.redirect('/lookups?view=signed', 303);
}

async function save(visit: Visit): Promise<Response> {
  const { c, db, session, now } = visit;
  const lookupNo = numberOf(visit);
  const file = await saveLookup(db, session, lookupNo, now());
  asFile(c, `look-up-${lookupNo}.json`, 'application/json; charset=utf-8');
  return c.body(file);
}

/** 64 hex digits, or the text of the file that has them. An empty one is refused as no key. */
function keyOf(visit: Visit): string {
  const typed = textOf(visit, 'key') ?? '';
  return /"privateKey"\s*:\s*"([^"]*)"/.exec(typed)?.[1] ?? typed;
}
