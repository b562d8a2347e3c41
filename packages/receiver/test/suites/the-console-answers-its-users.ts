/** What each role gets from the console, that no other page can act for a user, and that no stored text becomes markup. */
import { toHex } from '@lodestone/protocol/bytes';
import { type Role, ROLES } from '@lodestone/protocol/case-review';
import type { Name } from '@lodestone/protocol/name';
import type { Day } from '@lodestone/protocol/time';
import { sql } from 'kysely';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '../../src/console/routes.ts';
import { formToken } from '../../src/console/visit.ts';
import { acceptContest } from '../../src/contests/accept.ts';
import { Browser } from '../support/browser.ts';
import { LIST } from '../support/documents.ts';
import { as, type Person, reviewOf } from '../support/review.ts';
import type { World } from '../support/world.ts';

/** Who gets more than a refusal from each route. Written by hand, so that a change of the table in src is noticed here. */
const EVERY_ROUTE: Readonly<Record<string, readonly Role[]>> = {
  'GET /cases': ['reviewer', 'lead', 'auditor'],
  'GET /cases/:no': ['reviewer', 'lead', 'auditor'],
  ...Object.fromEntries(
    ['open', 'take', 'release', 'confirm', 'dismiss', 'report', 'contest', 'uphold', 'overturn', 'note'].map(
      (action) => [`POST /cases/:no/${action}`, ['reviewer', 'lead'] as const],
    ),
  ),
  'POST /cases/:no/hold': ['lead'],
  'POST /cases/:no/unhold': ['lead'],
  'POST /cases/:no/export': ['lead'],
  'POST /cases/:no/subject': ['lead'],
  'POST /cases/:no/lookup': ['reviewer', 'lead'],
  'GET /floods': ['reviewer', 'lead', 'auditor'],
  'GET /floods/:no': ['reviewer', 'lead', 'auditor'],
  'POST /floods/:no/question-entry': ['lead'],
  'POST /floods/:no/keep-entry': ['lead'],
  'POST /floods/:no/release-entry': ['lead'],
  'POST /floods/:no/feedback': ['lead'],
  'POST /floods/feedback': ['lead'],
  'GET /lookups': ['reviewer', 'lead', 'auditor', 'administrator'],
  'POST /lookups/:no/sign': ['auditor', 'administrator'],
  'POST /lookups/:no/save': ['reviewer', 'lead'],
  'GET /contests': ['reviewer', 'lead'],
  'POST /contests': ['reviewer', 'lead'],
  'GET /callbacks': ['lead', 'auditor', 'administrator'],
  'POST /callbacks/retry': ['lead', 'administrator'],
  'GET /overview': ['reviewer', 'lead', 'auditor'],
  'GET /report': ['lead', 'auditor'],
  'GET /report/template.json': ['lead', 'auditor'],
  'POST /report': ['lead', 'auditor'],
  'GET /users': ['administrator'],
  'POST /users': ['administrator'],
  'POST /users/:name/invite': ['administrator'],
  'POST /users/:name/remove': ['administrator'],
  'GET /record': ['lead', 'auditor', 'administrator'],
  'GET /record.ndjson': ['lead', 'auditor', 'administrator'],
};
const PERSON: Readonly<Record<Role, Person>> = { reviewer: 'ada', lead: 'lea', auditor: 'otto', administrator: 'root' };
const MARKUP = `"'><script>alert(1)</script><img src=x onerror=alert(1)>&lt;b&gt;`;

export function theConsoleAnswersItsUsers(the: () => World): void {
  const { db, addPeople, newCase, act, stateOf } = reviewOf(the);
  beforeAll(addPeople);
  const browserOf = (person: Person): Promise<Browser> => Browser.signedIn(the(), as(person).name);
  /** A case that ada and bo confirmed, and its user contests. */
  const contested = async (text: string) => {
    const made = await newCase();
    for (const person of ['ada', 'bo'] as const)
      for (const action of ['take', 'confirm'] as const) await act(person, action, made.caseNo);
    await acceptContest(db(), { receipt: made.receipts[0], text }, the().now);
    return made;
  };

  test('every route is in the table of this test', () => {
    const routes = ROUTES.map(({ method, path }) => `${method} ${path.replaceAll(/\{[^/]*\}/g, '')}`);
    expect(routes.toSorted()).toEqual(Object.keys(EVERY_ROUTE).toSorted());
  });

  test.each(ROLES)('a %s gets its own routes, and a refusal that shows nothing from all others', async (role) => {
    const { subject, caseNo } = await newCase();
    const browser = await browserOf(PERSON[role]);
    const allowed: string[] = [];
    for (const route of Object.keys(EVERY_ROUTE)) {
      const [method, path = ''] = route.split(' ');
      const isGet = method === 'GET';
      // Nobody has case 999999999, so no POST changes anything.
      const at = path.replace(':no', isGet ? String(caseNo) : '999999999').replace(':name', 'nobody-here');
      const { status, html } = isGet ? await browser.get(at) : await browser.post(at);
      expect([route, status]).toEqual([route, expect.toBeOneOf([200, 403, 409])]);
      if (status !== 403) allowed.push(route);
      else expect(html).not.toContain(toHex(subject.pseudonym));
    }
    const expected = Object.entries(EVERY_ROUTE).filter(([, roles]) => roles.includes(role));
    expect(allowed).toEqual(expected.map(([route]) => route));
  });

  test('an auditor sees the process of a case and nothing of its subject, and finds none by it', async () => {
    const { subject, caseNo, receipts } = await contested('These are my children.');
    const browser = await browserOf('otto');
    const pages = [
      await browser.get(`/cases/${caseNo}`),
      await browser.get('/cases?view=all'),
      await browser.get('/overview'),
    ];
    const html = pages.map((page) => page.html).join('');
    expect(html).toContain(`Case ${caseNo}`);
    expect(html).toContain('confirm');
    const { source, orderId } = await db()
      .selectFrom('cases')
      .select(['source', 'orderId'])
      .where('caseNo', '=', caseNo)
      .executeTakeFirstOrThrow();
    for (const hidden of [
      toHex(subject.pseudonym).slice(0, 8),
      receipts[0],
      'my children',
      LIST,
      `${source}:${orderId}`,
    ])
      expect(html).not.toContain(hidden);
    for (const query of [`find=${toHex(subject.pseudonym)}`, `order=${source}:${orderId}`]) {
      const { status, html: answer } = await browser.get(`/cases?view=all&${query}`);
      expect([status, answer]).toEqual([409, expect.stringContaining('cannot search by one')]);
    }
  });

  test('two reviewers confirm, a lead notes the report and holds, each by the forms that the page offers', async () => {
    const { subject, caseNo } = await newCase();
    const [ada, bo, lea] = [await browserOf('ada'), await browserOf('bo'), await browserOf('lea')];
    const offered = async (browser: Browser): Promise<string[]> =>
      [...(await browser.get(`/cases/${caseNo}`)).html.matchAll(/action="\/cases\/\d+\/([a-z]+)"/g)].map(
        ([, action = '']) => action,
      );
    expect(await offered(ada)).toEqual(['take', 'note']);
    const path = `/cases/${caseNo}`;
    expect((await ada.post(`${path}/take`)).location).toBe(path);
    expect(await offered(ada)).toEqual(['release', 'confirm', 'dismiss', 'note']);
    expect(await offered(bo)).toEqual(['note']);
    const early = await bo.post(`${path}/confirm`, { text: 'I want to.' });
    expect([early.status, early.html]).toEqual([
      409,
      expect.stringMatching(/role="alert">case \d+ is in-review, held by ada/),
    ]);
    await ada.post(`${path}/confirm`, { text: 'Two files.' });
    expect(await offered(ada)).toEqual(['note']);
    await bo.post(`${path}/take`);
    await bo.post(`${path}/confirm`, { text: 'Both files,\r\nand the contest of 2024.' });
    expect(await stateOf(caseNo)).toMatchObject({ state: 'confirmed' });
    expect(await offered(lea)).toEqual(['report', 'contest', 'note', 'hold', 'lookup', 'export', 'subject']);
    await lea.post(`${path}/report`);
    expect((await lea.post(`${path}/hold`)).status).toBe(409);
    await lea.post(`${path}/hold`, { text: 'order 4711\r\nof the court' });
    const { html } = await lea.get(path);
    expect(html).toContain('order 4711\nof the court');
    expect(html).toContain('Both files,\nand the contest of 2024.');
    expect(html).toContain('Two files.');
    expect(html).toContain('Legal hold since');
    expect(html).toContain('There is no content to show');
    expect(html).toContain(toHex(subject.pseudonym));
    await lea.post(`${path}/unhold`, { text: 'the court is done' });
  });

  test('a dismissal that ends the case leads to the list, which says so', async () => {
    const { caseNo } = await newCase();
    const ada = await browserOf('ada');
    await ada.post(`/cases/${caseNo}/take`);
    const without = await ada.post(`/cases/${caseNo}/dismiss`, { reason: 'wrong-match' });
    expect([without.status, without.html]).toEqual([409, expect.stringContaining('dismiss needs a text')]);
    expect(without.html).toMatch(/<option value="wrong-match"\s+selected/);
    const { location } = await ada.post(`/cases/${caseNo}/dismiss`, { reason: 'wrong-match', text: 'A dog.' });
    expect(location).toBe('/cases?ended');
    expect((await ada.get('/cases?ended')).html).toContain('was deleted with its evidence');
    expect((await ada.get(`/cases/${caseNo}`)).status).toBe(409);
  });

  test('a contest is found by its receipt, which is in no address, and by its case', async () => {
    const { caseNo, receipts } = await contested('It is my dog.');
    const ada = await browserOf('ada');
    const found = await ada.post('/contests', { receipt: receipts[0].toLowerCase() });
    expect(found.html).toContain('It is my dog.');
    expect(found.html).not.toContain(receipts[0]);
    expect((await ada.get('/contests')).html).toContain(`/cases/${caseNo}`);
    expect((await ada.post('/contests', { receipt: receipts[1] })).html).toContain('nobody contests with this receipt');
  });

  test('an administrator adds a user, whose link is shown once, and removes them', async () => {
    const root = await browserOf('root');
    const added = await root.post('/users', { name: 'newcomer', role: 'auditor' });
    const [, link = ''] = /\/link\?link=([\w-]{43})/.exec(added.html) ?? [];
    expect((await root.get(`/link?link=${link}`)).html).toContain('<strong>newcomer</strong>');
    expect((await root.get('/users')).html).not.toContain(link);
    expect((await root.post('/users', { name: 'newcomer', role: 'lead' })).status).toBe(409);
    expect((await root.post('/users', { name: 'No Name', role: 'lead' })).status).toBe(409);
    expect((await root.post('/users/newcomer/remove')).location).toBe('/users');
    expect((await root.get(`/link?link=${link}`)).status).toBe(410);
    expect((await root.post('/users/root/remove')).status).toBe(409);
  });

  describe('a form', () => {
    const attacks: [string, (browser: Browser) => [fields: Record<string, string>, headers: Record<string, string>]][] =
      [
        ['without its token', () => [{ token: '' }, {}]],
        ['with the token of another session', () => [{ token: formToken('lss_another') }, {}]],
        ['from another site', () => [{}, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }]],
        ['from another port of this host', () => [{}, { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' }]],
        ['whose browser says that it comes from elsewhere', () => [{}, { 'sec-fetch-site': 'cross-site' }]],
        ['without an origin', () => [{}, { origin: 'null' }]],
        ['that is too long', () => [{ text: 'x'.repeat(70_000) }, {}]],
      ];
    test.each(attacks)('%s changes nothing', async (_, attack) => {
      const { caseNo } = await newCase();
      const ada = await browserOf('ada');
      const { session } = ada;
      for (const path of [`/cases/${caseNo}/take`, '/sign-out'])
        expect((await ada.post(path, ...attack(ada))).status).toBe(403);
      ada.session = session;
      expect(await stateOf(caseNo)).toMatchObject({ state: 'new', holder: null });
      expect((await ada.get('/cases')).status).toBe(200);
    });
    test.each([
      ['multipart/form-data', 'no boundary'],
      ['multipart/form-data; boundary=a', '--a\r\nContent-Disposition: form-data; nam'],
      ['application/json', '{"token":"x"}'],
      ['application/x-www-form-urlencoded; charset=utf-16', 'name=%ff%fe&%zz=%&__proto__=x&token=%00'],
    ])('of type %s that is none has no field', async (type, body) => {
      const { session } = await browserOf('ada');
      const url = the().receiver.console?.url ?? '';
      const headers = { origin: new URL(url).origin, 'content-type': type, cookie: `lodestone-console=${session}` };
      const statuses = ['/sign-in', '/link', '/sign-out', '/cases/1/note'].map(
        async (path) => (await fetch(new URL(path, url), { method: 'POST', body, headers })).status,
      );
      expect(await Promise.all(statuses)).toEqual([401, 410, 403, 403]);
    });
    test('of a GET changes nothing', async () => {
      const { caseNo } = await newCase();
      expect((await (await browserOf('ada')).get(`/cases/${caseNo}/take`)).status).toBe(404);
    });
  });

  test('no text of a person, and no address, becomes markup; and every page has the strict policy', async () => {
    const { caseNo } = await contested(MARKUP);
    const lea = await browserOf('lea');
    for (const [action, fields] of [
      ['note', {}],
      ['overturn', { reason: 'wrong-match', answer: MARKUP }],
    ] as const)
      await lea.post(`/cases/${caseNo}/${action}`, { ...fields, text: MARKUP });
    await lea.post(`/cases/${caseNo}/hold`, { text: MARKUP });
    const root = await browserOf('root');
    const at = encodeURIComponent(MARKUP);
    const pages = [
      await lea.get(`/cases/${caseNo}`),
      await lea.post(`/cases/${caseNo}/overturn`, { text: MARKUP, answer: MARKUP }),
      await lea.get('/contests'),
      await lea.get(`/cases?find=${at}&order=${at}&view=${at}&state=${at}&after=${at}`),
      await lea.get(`/cases?order=${at}`),
      await lea.post('/contests', { receipt: MARKUP }),
      await root.post('/users', { name: MARKUP, role: 'lead' }),
      await lea.get('/overview'),
      await lea.get(`/link?link=${at}`),
      await lea.post('/sign-in', { name: MARKUP, passphrase: '', code: '' }),
    ];
    expect(pages[0]?.html.match(/&lt;script&gt;alert\(1\)/g)).toHaveLength(5); // contest, note, overturn, its answer, hold
    for (const { html, headers } of pages) {
      expect(html).not.toMatch(/<script|<img|<b>|<style|\sstyle=|\son[a-z]+=(?!alert)/i);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      );
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  test('the overview has each chart with its figures', async () => {
    await newCase([1, 2]);
    const { html } = await (await browserOf('lea')).get('/overview');
    for (const text of [
      'Signals a day',
      'Age of open cases',
      'Signals by list or model',
      LIST,
      'Signals by surface',
      'Signals by evidence',
      '2026-11-24',
    ])
      expect(html).toContain(text);
    expect(html.match(/<rect\s+class="(?:bar|none)"/g)?.length).toBeGreaterThan(30);
  });

  test('every case is on one page of the list, in the order of priority', async () => {
    const source = 'many' as Name;
    const cases = 130;
    await db()
      .insertInto('cases')
      .values(
        Array.from({ length: cases }, (_, i) => ({
          pseudonym: Uint8Array.from({ length: 16 }, (__, at) => (at < 2 ? 0x77 : i)),
          source,
          orderId: 'order' as Name,
          state: 'new' as const,
          isDecided: false,
          openedDay: 20_780 as Day,
          stateDay: 20_780 as Day,
          dueDay: 20_787 as Day,
          newestDay: 20_780 as Day,
          openWindows: 1,
          exactEntries: i % 3 === 0 ? 0 : 1,
          entries: i % 7,
          days: i % 5,
        })),
      )
      .execute();
    try {
      const ada = await browserOf('ada');
      const seen: string[] = [];
      let path: string | undefined = '/cases?view=open&order=many:order';
      while (path !== undefined) {
        const { html }: { html: string } = await ada.get(path);
        expect(html).toContain(`${cases} cases`);
        seen.push(...[...html.matchAll(/href="\/cases\/(\d+)"/g)].map(([, no = '']) => no));
        path = /href="([^"]+)" rel="next"/.exec(html)?.[1]?.replaceAll('&amp;', '&');
      }
      const { rows } = await sql<{ caseNo: number }>`select case_no from cases where source = 'many'
        order by (exact_entries > 0) desc, entries desc, days desc, case_no`.execute(db());
      expect(seen).toEqual(rows.map(({ caseNo }) => String(caseNo)));
      const [first] = seen;
      expect((await ada.get(`/cases?find=${first}`)).location).toBe(`/cases/${first}`);
      expect((await ada.get('/cases?view=all&find=77777777')).html.match(/href="\/cases\/\d+"/g)).toHaveLength(1);
      expect((await ada.get('/cases?view=all&find=77777B7B')).html.match(/href="\/cases\/\d+"/g)).toHaveLength(1);
      await db().deleteFrom('cases').where('caseNo', '=', Number(seen[49])).execute();
      for (const page of [`/cases?view=open&after=${seen[49]}`, '/contests?after=999999999']) {
        const { status, html } = await ada.get(page);
        expect([status, html]).toEqual([409, expect.stringContaining('was deleted meanwhile')]);
      }
    } finally {
      await db().deleteFrom('cases').where('source', '=', source).execute();
    }
  });
}
