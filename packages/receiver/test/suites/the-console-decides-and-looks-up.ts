/** Floods and look-ups in the console: what each role sees and can do, what is refused, and what is in the record. */
import { rm } from 'node:fs/promises';
import folder from 'node:path';
import { toHex, utf8 } from '@lodestone/protocol/bytes';
import { parseRecord } from '@lodestone/protocol/case-record';
import { parseFeedback } from '@lodestone/protocol/feedback';
import { LOOKUP_DAYS } from '@lodestone/protocol/lookup';
import type { TargetReference } from '@lodestone/protocol/paths';
import { DAY_MS, toDay } from '@lodestone/protocol/time';
import { generateSubjectKey, importSubjectKey, openLookup, signYoungAccounts, type SubjectKey } from '@lodestone/seal';
import { windowOf } from '@lodestone/trust';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportSubject } from '../../src/cases/export-subject.ts';
import { storeBatch } from '../../src/ingest/store.ts';
import { acceptYoungAccounts } from '../../src/keys/young-accounts.ts';
import { exportRecord } from '../../src/record/export.ts';
import { loadOrders } from '../../src/sources/load-orders.ts';
import { removeUser } from '../../src/users/users.ts';
import { Browser, type Page } from '../support/browser.ts';
import { as, type Person, reviewOf } from '../support/review.ts';
import { insertUsers } from '../support/users.ts';
import type { Subject, World } from '../support/world.ts';

const LIST = 'lists:v1/lists/of-the-console/manifest.json' as TargetReference;
const MARKUP = `"'><script>alert(1)</script><img src=x onerror=alert(1)>`;
const UNSAFE = /<script|<img|\sstyle=|\son[a-z]+=(?!alert)/i;
const REASON = 'A court asks: 4711.';

export function theConsoleDecidesAndLooksUp(the: () => World): void {
  const { db, token, addPeople, newCase, act } = reviewOf(the);
  const browserOf = (person: Person): Promise<Browser> => Browser.signedIn(the(), as(person).name);
  const keys = {} as Record<'ada' | 'otto' | 'root', SubjectKey>;
  beforeAll(async () => {
    await addPeople();
    for (const name of ['ada', 'otto', 'root'] as const) keys[name] = await generateSubjectKey();
  });
  afterAll(async () => {
    await db().deleteFrom('floods').where('reference', '=', LIST).execute();
  });
  const recordOf = async (): Promise<string> => {
    let ndjson = '';
    for await (const line of exportRecord(db())) ndjson += `${line}\n`;
    return ndjson;
  };
  const actionsSince = async (seq: number): Promise<string[]> =>
    parseRecord(await recordOf())
      .entries.slice(seq)
      .map((entry) => `${entry.actor} ${entry.action}${'reason' in entry ? ` ${entry.reason}` : ''}`);
  const recorded = async (): Promise<number> => parseRecord(await recordOf()).entries.length;
  const named = ({ headers }: Page): string | null => headers.get('content-disposition');

  describe('floods', () => {
    let entries = 0;
    const store = async (subject: Subject, entry: number): Promise<void> => {
      const order = (await loadOrders(db())).orders.get(the().digests.pseudonym);
      if (!order) throw new Error('no order');
      const arrivalDay = toDay(the().now);
      const countingWindowStart = windowOf(10, arrivalDay).firstDay;
      const item = { reference: LIST, threshold: 2, withinDays: 10, countingWindowStart };
      const signal = the().match({ ...subject.id(), entry, evidence: 'confirmed', confirmBucket: 9, day: arrivalDay });
      await storeBatch(db(), [{ outcome: 'counted', signal, order, item, arrivalDay }], the().now);
    };
    const flood = async (): Promise<{ path: string; entry: number }> => {
      const entry = 900_001 + entries++;
      const row = { reference: LIST, kind: 'match', entry, state: 'quarantined', subjects: 40 } as const;
      const { floodNo } = await db()
        .insertInto('floods')
        .values({ ...row, sinceDay: toDay(the().now) })
        .returning('floodNo')
        .executeTakeFirstOrThrow();
      return { path: `/floods/${floodNo}`, entry };
    };

    test('a lead keeps, asks the authority by one file, and releases; a reviewer sees all of it and decides nothing', async () => {
      const { path, entry } = await flood();
      const [lea, ada, seq] = [await browserOf('lea'), await browserOf('ada'), await recorded()];
      const offered = async (browser: Browser): Promise<string[]> =>
        [...(await browser.get(path)).html.matchAll(/action="\/floods\/\d+\/([a-z-]+)"/g)].map(([, to = '']) => to);
      expect(await offered(lea)).toEqual(['question-entry', 'keep-entry', 'release-entry']);
      expect(await offered(ada)).toEqual([]);
      const why = { reason: 'entry-doubtful', text: 'Two dogs.\r\nAnd a cat.' };
      expect((await lea.post(`${path}/keep-entry`, why)).location).toBe(path);
      const asked = await lea.post(`${path}/question-entry`, why);
      const file = `attachment; filename="feedback-flood-${path.slice(8)}.ndjson"`;
      expect([asked.status, named(asked)]).toEqual([200, file]);
      expect(parseFeedback(asked.html)).toMatchObject([{ list: 'of-the-console', entry, reason: 'flood' }]);
      expect(await offered(lea)).toEqual(['release-entry', 'feedback']);
      const again = await lea.post(`${path}/feedback`);
      expect([named(again), again.html]).toEqual([file, asked.html]);
      const all = await lea.post('/floods/feedback', { source: 'lists' });
      expect([named(all), parseFeedback(all.html).map((line) => line.entry)]).toEqual([
        'attachment; filename="feedback-lists.ndjson"',
        expect.arrayContaining([entry]),
      ]);
      const twice = await lea.post(`${path}/question-entry`, why);
      expect([twice.status, twice.html]).toEqual([409, expect.stringContaining('is questioned already')]);
      await lea.post(`${path}/release-entry`, { reason: 'real-spread', text: 'They looked.' });
      const seen = (await ada.get(path)).html;
      for (const text of ['Two dogs.\nAnd a cat.', 'They looked.', LIST, String(entry)]) expect(seen).toContain(text);
      expect(await actionsSince(seq)).toEqual([
        'lea keep-entry entry-doubtful',
        'lea question-entry entry-doubtful',
        'lea release-entry real-spread',
      ]);
      expect(await recordOf()).not.toContain('Two dogs');
    });

    test('an auditor sees the decisions and neither list, entry nor text', async () => {
      const { path, entry } = await flood();
      await (await browserOf('lea')).post(`${path}/keep-entry`, { reason: 'not-known', text: 'A secret.' });
      const otto = await browserOf('otto');
      const html = `${(await otto.get('/floods?view=all')).html}${(await otto.get(path)).html}`;
      for (const shown of ['keep-entry', 'not-known', path]) expect(html).toContain(shown);
      for (const hidden of [LIST, String(entry), entry.toLocaleString('en'), 'A secret', '/feedback'])
        expect(html).not.toContain(hidden);
    });

    test('a decision without a reason or a text changes nothing, and what was typed stays, as text', async () => {
      const { path } = await flood();
      const [lea, seq] = [await browserOf('lea'), await recorded()];
      for (const fields of [{ text: MARKUP }, { reason: 'not-known' }, { reason: MARKUP, text: MARKUP }]) {
        const { status, html } = await lea.post(`${path}/keep-entry`, fields);
        expect([status, html]).toEqual([409, expect.stringContaining('needs a reason and a text')]);
        expect(html).not.toMatch(UNSAFE);
      }
      expect((await lea.post(`${path}/keep-entry`, { reason: 'not-known', text: 'x'.repeat(2_001) })).status).toBe(409);
      expect((await lea.post(`${path}/keep-entry`, { reason: 'not-known', text: MARKUP, token: 'x' })).status).toBe(
        403,
      );
      expect((await lea.post('/floods/feedback', { source: MARKUP })).html).toContain('choose an authority');
      expect(await actionsSince(seq)).toEqual([]);
      await lea.post(`${path}/keep-entry`, { reason: 'not-known', text: MARKUP });
      const at = encodeURIComponent(MARKUP);
      const pages = [await lea.get(path), await lea.get(`/floods?view=${at}&after=${at}`)];
      expect(pages[0]?.html).toContain('&lt;script&gt;alert(1)');
      for (const { html, headers } of pages) {
        expect(html).not.toMatch(UNSAFE);
        expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'self';/);
      }
    });

    test('without a list of young accounts the page says so; with one it counts the others, and no small group', async () => {
      const world = the();
      const { path, entry } = await flood();
      const subjects = [];
      for (let i = 0; i < 22; i++) {
        const subject = await world.subject();
        subjects.push(toHex(subject.pseudonym));
        await store(subject, entry);
      }
      const [ada, otto] = [await browserOf('ada'), await browserOf('otto')];
      expect((await ada.get(path)).html).toContain('is not configured');
      const key = await importSubjectKey(world.subjectKey);
      const accept = async (number: number, young: string[], day = '2026-11-24', by = key) =>
        acceptYoungAccounts(
          world.dataDir,
          await signYoungAccounts(by, { number, day, youngerThanDays: 30, pseudonyms: young }),
          Date.parse('2026-11-24T00:00:00Z'),
        );
      await accept(1, subjects.slice(0, 10));
      expect((await ada.get(path)).html).toMatch(
        /Of 22 subjects until 2026-11-24,\s+12 had an account of 30 days or older/,
      );
      expect((await otto.get(path)).html).not.toMatch(/account of 30 days|not configured/);
      for (const [number, few] of [
        [2, 9],
        [3, 13],
      ] as const) {
        await accept(number, subjects.slice(0, few));
        expect((await ada.get(path)).html).toMatch(/is not shown: they, or the others, are fewer than 10/);
      }
      await accept(4, [], '2026-11-23'); // all signals are later
      expect((await ada.get(path)).html).toContain('Of 0 subjects until 2026-11-23');
      const foreign = await importSubjectKey((await generateSubjectKey()).privateKey);
      for (const [number, by] of [
        [4, key],
        [5, foreign],
      ] as const)
        await expect(accept(number, [], '2026-11-24', by)).rejects.toMatchObject({ code: 'ERR_RECEIVER' });
      await expect(accept(5, [], '2026-11-25')).rejects.toThrow('which has not begun in UTC');
      await rm(folder.join(world.dataDir, 'young-accounts.json'));
    });

    test('every flood is on one page of the list', async () => {
      for (let i = 0; i < 51; i++) await flood();
      const ada = await browserOf('ada');
      const seen: string[] = [];
      let at: string | undefined = '/floods?view=all';
      while (at !== undefined) {
        const { html }: { html: string } = await ada.get(at);
        seen.push(...[...html.matchAll(/href="\/floods\/(\d+)"/g)].map(([, no = '']) => no));
        at = /href="([^"]+)" rel="next"/.exec(html)?.[1]?.replaceAll('&amp;', '&');
      }
      const stored = await db().selectFrom('floods').select('floodNo').execute();
      expect(seen.toSorted()).toEqual(stored.map(({ floodNo }) => String(floodNo)).toSorted());
      expect((await ada.get('/floods?after=999999999')).status).toBe(409);
    });
  });

  describe('look-ups', () => {
    const confirmed = async () => {
      const made = await newCase([96, 97]);
      for (const person of ['ada', 'bo'] as const)
        for (const action of ['take', 'confirm'] as const) await act(person, action, made.caseNo);
      return made;
    };
    const ask = async (browser: Browser, caseNo: number, reason = REASON): Promise<Page> =>
      browser.post(`/cases/${caseNo}/lookup`, { reason, key: keys.ada.privateKey });
    const lookupOf = async (caseNo: number): Promise<number> =>
      (await db().selectFrom('lookups').select('lookupNo').where('caseNo', '=', caseNo).executeTakeFirst())?.lookupNo ??
      0;
    const asked = async () => {
      const made = await confirmed();
      expect((await ask(await browserOf('ada'), made.caseNo)).location).toBe('/lookups');
      return { ...made, lookupNo: await lookupOf(made.caseNo) };
    };
    const sign = (browser: Browser, lookupNo: number, key = keys.otto.privateKey): Promise<Page> =>
      browser.post(`/lookups/${lookupNo}/sign`, { key });
    const refusal = ({ status, html, headers }: Page): [number, string, string | null] => [
      status,
      /role="alert">([^<]*)</.exec(html)?.[1] ?? '',
      headers.get('content-disposition'),
    ];
    const isRefusal = (why: string) => [409, expect.stringContaining(why), null];

    test('a reviewer asks, an auditor signs, a reviewer saves what the account service opens; each step is in the record, and no key is anywhere', async () => {
      const seq = await recorded();
      const { caseNo, subject, lookupNo } = await asked();
      const [ada, otto] = [await browserOf('ada'), await browserOf('otto')];
      expect(refusal(await ada.post(`/lookups/${lookupNo}/save`))).toEqual(isRefusal('waits for its second signature'));
      const shown = (await otto.get('/lookups')).html;
      expect(shown).toContain(REASON);
      expect(shown).not.toContain(toHex(subject.pseudonym).slice(0, 8));
      // as the file of `lookups key` has it
      const pasted = JSON.stringify({ schema: 'lodestone/subject-key/v1', ...keys.otto }, undefined, 2);
      expect((await sign(otto, lookupNo, pasted)).location).toBe('/lookups?view=signed');
      expect((await otto.get('/lookups?view=signed')).html).not.toContain(`/lookups/${lookupNo}/save`);
      expect((await otto.post(`/lookups/${lookupNo}/save`)).status).toBe(403);
      const saved = await ada.post(`/lookups/${lookupNo}/save`);
      expect(named(saved)).toBe(`attachment; filename="look-up-${lookupNo}.json"`);
      const signers = (['ada', 'otto'] as const).map((name) => ({
        ...(as(name) as { name: never; role: never }),
        publicKey: keys[name].publicKey,
      }));
      expect(await openLookup(signers, utf8(saved.html), the().now)).toMatchObject({
        case: caseNo,
        pseudonym: toHex(subject.pseudonym),
        reason: REASON,
      });
      expect((await actionsSince(seq)).filter((line) => line.includes('lookup'))).toEqual([
        'ada request-lookup',
        'otto sign-lookup',
        'ada save-lookup',
      ]);
      const stored = JSON.stringify(await db().selectFrom('lookups').selectAll().execute());
      for (const text of [stored, the().log.join(), await recordOf()])
        for (const { privateKey } of Object.values(keys)) expect(text).not.toContain(privateKey);
      expect(await recordOf()).not.toContain(REASON);
      const exported = await exportSubject(db(), token('lea'), toHex(subject.pseudonym), the().now);
      expect(exported.cases).toMatchObject([{ lookups: [REASON] }]);
    });

    test('nobody signs twice: not the same person, not with the same key, not a second time, and not two at the same moment', async () => {
      const { lookupNo } = await asked();
      const [ada, otto, root] = [await browserOf('ada'), await browserOf('otto'), await browserOf('root')];
      expect((await sign(ada, lookupNo)).status).toBe(403);
      expect(refusal(await sign(otto, lookupNo, keys.ada.privateKey))).toEqual(
        isRefusal('signed with this key before'),
      );
      const both = await Promise.all([sign(otto, lookupNo), sign(root, lookupNo, keys.root.privateKey)]);
      expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 409]);
      expect(refusal(await sign(otto, lookupNo))).toEqual(isRefusal('has its second signature already'));
    });

    test('a case waits for one look-up at a time, and a request needs a reason, a key and a confirmed case', async () => {
      const { caseNo } = await asked();
      const ada = await browserOf('ada');
      expect(refusal(await ask(ada, caseNo))).toEqual(isRefusal('waits for its second signature'));
      const [other, open] = [await confirmed(), await newCase([98, 99])];
      const seq = await recorded();
      expect(refusal(await ask(ada, other.caseNo, ' '))).toEqual(isRefusal('needs a reason'));
      expect(refusal(await ask(ada, other.caseNo, 'x'.repeat(2_001)))).toEqual(isRefusal('reason'));
      expect(refusal(await ask(ada, open.caseNo))).toEqual(isRefusal('only for one that is confirmed'));
      expect((await ada.get(`/cases/${open.caseNo}`)).html).not.toContain('/lookup"');
      expect(refusal(await ask(ada, 999_999_999))).toEqual(isRefusal('there is no case'));
      for (const key of ['', 'x', keys.ada.privateKey.slice(1), MARKUP]) {
        const refused = await ada.post(`/cases/${other.caseNo}/lookup`, { reason: MARKUP, key });
        expect(refusal(refused)).toEqual(isRefusal('this is no key'));
        expect(refused.html).not.toMatch(UNSAFE);
        if (key.length > 1) expect(refused.html).not.toContain(`value="${key}`);
      }
      expect(await actionsSince(seq)).toEqual([]);
    });

    test('it is refused after its end, and if the clock was ahead when it was made', async () => {
      const { lookupNo } = await asked();
      const made = the().now;
      the().now = made + LOOKUP_DAYS * DAY_MS;
      try {
        const late = await browserOf('otto');
        expect(refusal(await sign(late, lookupNo))).toEqual(isRefusal('the look-up ended at 2026-12-01T12:00:00Z'));
        expect((await late.get('/lookups?view=ended')).html).toContain(`Look-up ${lookupNo} `);
      } finally {
        the().now = made;
      }
      await db()
        .updateTable('lookups')
        .set({ endsAt: made + 30 * DAY_MS })
        .where('lookupNo', '=', lookupNo)
        .execute();
      expect(refusal(await sign(await browserOf('otto'), lookupNo))).toEqual(isRefusal('the clock was ahead'));
    });

    test('it is refused once its case is contested, overturned or erased, also when it was signed before', async () => {
      const { caseNo, subject, lookupNo } = await asked();
      const signed = await asked();
      const [otto, lea] = [await browserOf('otto'), await browserOf('lea')];
      await sign(otto, signed.lookupNo);
      for (const no of [caseNo, signed.caseNo]) await act('lea', 'contest', no, { text: 'They called.' });
      expect(refusal(await sign(otto, lookupNo))).toEqual(isRefusal(`case ${caseNo} is contested`));
      expect(refusal(await lea.post(`/lookups/${signed.lookupNo}/save`))).toEqual(isRefusal('is contested'));
      for (const no of [caseNo, signed.caseNo])
        await act('lea', 'overturn', no, { reason: 'wrong-match', text: 'A dog.' });
      expect(refusal(await sign(otto, lookupNo))).toEqual(isRefusal(`case ${caseNo} is overturned`));
      await the().receiver.erase(toHex(subject.pseudonym), token('lea'));
      expect(refusal(await sign(otto, lookupNo))).toEqual(isRefusal(`there is no look-up ${lookupNo}`));
    });

    test('it is refused once who asked, or who signed, is gone or has another role', async () => {
      const { lookupNo } = await asked();
      const otto = await browserOf('otto');
      const setRole = (name: Person, role: 'reviewer' | 'lead' | 'auditor' | 'administrator') =>
        db().updateTable('users').set({ role }).where('name', '=', as(name).name).execute();
      await setRole('ada', 'lead');
      try {
        expect(refusal(await sign(otto, lookupNo))).toEqual(
          isRefusal('ada, who signed the look-up as reviewer, is not'),
        );
      } finally {
        await setRole('ada', 'reviewer');
      }
      await setRole('ada', 'auditor');
      try {
        expect((await sign(await browserOf('ada'), lookupNo)).status).toBe(409);
      } finally {
        await setRole('ada', 'reviewer');
      }
      const prefix = `gone-${lookupNo}`;
      await insertUsers(db(), prefix);
      const second = await Browser.signedIn(the(), `${prefix}-auditor` as never);
      expect((await sign(second, lookupNo)).status).toBe(303);
      await removeUser(db(), token('root'), `${prefix}-auditor` as never, the().now);
      expect(refusal(await (await browserOf('lea')).post(`/lookups/${lookupNo}/save`))).toEqual(
        isRefusal(`${prefix}-auditor, who signed`),
      );
    });

    test('its reason is shown as text, to an administrator too, who has no link to the case', async () => {
      const { caseNo } = await confirmed();
      await ask(await browserOf('ada'), caseNo, MARKUP);
      for (const person of ['ada', 'otto', 'root'] as const) {
        const { html } = await (await browserOf(person)).get(`/lookups?view=all&after=${encodeURIComponent(MARKUP)}`);
        expect(html).toContain('&lt;script&gt;alert(1)');
        expect(html).not.toMatch(UNSAFE);
        expect(html.includes(`/cases/${caseNo}"`)).toBe(person !== 'root');
      }
    });
  });
}
