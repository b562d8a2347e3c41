/** Exports, callbacks and the yearly report in the console: what a lead saves is what the command line writes, and it is in the record first. */
import { toHex } from '@lodestone/protocol/bytes';
import { parseRecord } from '@lodestone/protocol/case-record';
import { statementTemplate } from '@lodestone/protocol/report-statement';
import { parseReport } from '@lodestone/protocol/transparency-report';
import { beforeAll, expect, test } from 'vitest';
import { enqueueCallback } from '../../src/callbacks/enqueue.ts';
import { exportRecord } from '../../src/record/export.ts';
import { Browser, type Page } from '../support/browser.ts';
import { STATEMENT } from '../support/report-year.ts';
import { as, type Person, reviewOf } from '../support/review.ts';
import type { World } from '../support/world.ts';

const REPORTER = { service: 'Chat <b>', firstName: 'Lea', lastName: 'Lead', email: 'lea@chat.example' };
const MARKUP = '<script>alert(1)</script>';

export function theConsoleSavesFiles(the: () => World): void {
  const { db, addPeople, newCase, act } = reviewOf(the);
  beforeAll(addPeople);
  const browserOf = (person: Person): Promise<Browser> => Browser.signedIn(the(), as(person).name);
  const confirmed = async () => {
    const made = await newCase();
    for (const person of ['ada', 'bo'] as const)
      for (const action of ['take', 'confirm'] as const) await act(person, action, made.caseNo);
    return made;
  };
  const exportsInRecord = async (): Promise<number> => {
    let ndjson = '';
    for await (const line of exportRecord(db())) ndjson += `${line}\n`;
    return parseRecord(ndjson).entries.filter(({ action }) => action === 'export').length;
  };
  const named = ({ headers }: Page): string | null => headers.get('content-disposition');

  test.each([
    ['ncmec', 'test', /^attachment; filename="case-\d+-ncmec-test\.xml"$/, /TEST: this is not a real report/],
    ['ncmec', 'real', /^attachment; filename="case-\d+-ncmec\.xml"$/, /<email>lea@chat\.example<\/email>/],
    ['eu-centre', 'test', /^attachment; filename="case-\d+-eu-centre-test\.json"$/, /"isTest": true/],
    ['csv', 'test', /^attachment; filename="case-\d+-csv-test\.csv"$/, /\r\nyes,/],
  ])('a lead saves a confirmed case as %s, %s', async (format, kind, name, text) => {
    const { subject, caseNo } = await confirmed();
    const lea = await browserOf('lea');
    expect((await lea.get(`/cases/${caseNo}`)).html).toContain(`action="/cases/${caseNo}/export"`);
    const before = await exportsInRecord();
    const saved = await lea.post(`/cases/${caseNo}/export`, { ...REPORTER, format, kind });
    expect([saved.status, named(saved)]).toEqual([200, expect.stringMatching(name)]);
    expect(saved.html).toMatch(text);
    if (kind === 'real') expect(saved.html).not.toContain('TEST');
    expect(saved.html).not.toContain(toHex(subject.pseudonym));
    expect(saved.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await exportsInRecord()).toBe(before + 1);
  });

  test('a case that nobody confirmed, a missing field and an unknown format are refused, and are not in the record', async () => {
    const [open, done] = [await newCase(), await confirmed()];
    const lea = await browserOf('lea');
    const before = await exportsInRecord();
    expect((await lea.get(`/cases/${open.caseNo}`)).html).not.toContain('/export"');
    for (const [caseNo, fields, why] of [
      [open.caseNo, { ...REPORTER, format: 'csv' }, 'only a confirmed case is reported'],
      [done.caseNo, { ...REPORTER, format: 'csv', email: ' ' }, 'reportingPerson.email'],
      [done.caseNo, { ...REPORTER, format: '../x' }, 'choose a format'],
      [999_999_999, { ...REPORTER, format: 'csv' }, 'there is no case'],
    ] as const) {
      const refused = await lea.post(`/cases/${caseNo}/export`, fields);
      expect([refused.status, refused.html, named(refused)]).toEqual([409, expect.stringContaining(why), null]);
    }
    const forged = await lea.post(`/cases/${done.caseNo}/export`, { ...REPORTER, format: 'csv', token: 'x' });
    expect(forged.status).toBe(403);
    expect(await exportsInRecord()).toBe(before);
  });

  test('a lead saves what is stored about the subject of a case, under a name without the pseudonym', async () => {
    const { subject, caseNo } = await newCase();
    const lea = await browserOf('lea');
    const before = await exportsInRecord();
    const saved = await lea.post(`/cases/${caseNo}/subject`);
    expect(named(saved)).toBe(`attachment; filename="subject-of-case-${caseNo}.json"`);
    expect(JSON.parse(saved.html)).toMatchObject({ pseudonym: toHex(subject.pseudonym), cases: [{ caseNo }] });
    expect(await exportsInRecord()).toBe(before + 1);
    expect((await (await browserOf('ada')).get(`/cases/${caseNo}`)).html).not.toContain('/subject"');
  });

  test('callbacks are shown by state without what they say, and a lead tries a dead one again', async () => {
    const { caseNo } = await confirmed();
    const event = { type: 'case.preserve', timestamp: '2026-11-24T12:00:00Z', data: { case: caseNo } } as never;
    await db()
      .transaction()
      .execute((tx) => enqueueCallback(tx, { target: 'preserve', contestNo: null, caseNo, event }, the().now));
    await db()
      .updateTable('callbacks')
      .set({ state: 'dead', attempts: 10, lastAnswer: MARKUP })
      .where('caseNo', '=', caseNo)
      .execute();
    const [otto, lea] = [await browserOf('otto'), await browserOf('lea')];
    const seen = (await otto.get('/callbacks')).html;
    const [id = ''] = /msg_[\w-]+/.exec((await lea.get('/callbacks')).html) ?? [];
    expect([seen.includes(id), seen.includes('Try again'), seen.includes(MARKUP)]).toEqual([true, false, false]);
    expect((await otto.post('/callbacks/retry', { callback: id })).status).toBe(403);
    expect((await lea.post('/callbacks/retry', { callback: `${id}x` })).status).toBe(409);
    expect((await lea.post('/callbacks/retry', { callback: id })).location).toBe('/callbacks?state=due');
    expect((await lea.get('/callbacks?state=due')).html).toContain(id);
    expect((await lea.get('/callbacks?state=<x>')).html).not.toContain(id);
    expect((await lea.post('/callbacks/retry', { callback: id })).status).toBe(409);
  });

  test('a lead or auditor saves the template, and with a filled statement the report as a page and as JSON', async () => {
    const year = new Date(the().now).getUTCFullYear();
    const statement = JSON.stringify({ ...STATEMENT, year });
    for (const person of ['lea', 'otto'] as const) {
      const browser = await browserOf(person);
      const template = await browser.get(`/report/template.json?year=${year}`);
      expect([named(template), JSON.parse(template.html)]).toEqual([
        `attachment; filename="statement-${year}.json"`,
        JSON.parse(JSON.stringify(statementTemplate(year))),
      ]);
      const json = await browser.post('/report', { year: String(year), statement, as: 'json' });
      expect(named(json)).toBe(`attachment; filename="report-${year}-draft.json"`);
      expect(parseReport(new TextEncoder().encode(json.html)).statement.year).toBe(year);
      const page = await browser.post('/report', { year: String(year), statement, as: 'page' });
      expect([named(page), page.html.slice(0, 15)]).toEqual([
        `attachment; filename="report-${year}-draft.html"`,
        expect.stringMatching(/^<!doctype html/i),
      ]);
    }
  });

  test('a statement with faults comes back with them, as text, and a long one is taken', async () => {
    const lea = await browserOf('lea');
    const year = new Date(the().now).getUTCFullYear();
    const post = (statement: string, of = year) => lea.post('/report', { year: String(of), statement, as: 'page' });
    const empty = await post(JSON.stringify(statementTemplate(year)));
    expect([empty.status, empty.html]).toEqual([409, expect.stringContaining('provider.name: fill it in')]);
    const markup = await post(`{"x":"</textarea>${MARKUP}"}`);
    expect([markup.status, markup.html.includes(MARKUP), markup.html.includes('&lt;/textarea&gt;')]).toEqual([
      409,
      false,
      true,
    ]);
    expect((await post(JSON.stringify({ ...STATEMENT, year: year - 1 }))).html).toContain('the statement is about');
    expect((await post('{}', 1999)).html).toContain('choose a year');
    const facts = Array.from({ length: 50 }, () => ({ fact: '“long” '.repeat(500), where: 'x' }));
    const long = { ...STATEMENT, year, service: { ...STATEMENT.service, facts } };
    expect((await post(JSON.stringify(long))).status).toBe(200);
    expect((await post('x'.repeat(600_000))).status).toBe(409);
    expect((await post('x'.repeat(1_600_000))).status).toBe(403);
  });
}
