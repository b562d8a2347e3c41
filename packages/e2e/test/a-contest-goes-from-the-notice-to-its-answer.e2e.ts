/**
 * The user contests a signal in its notice, people confirm and overturn in the console, and the account service and the user get
 * the answer. Every role looks at its pages, which have no axe violation.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDemo } from '@lodestone/demo/demo';
import type { Name } from '@lodestone/protocol';
import { generateSubjectKey, openLookup } from '@lodestone/seal';
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import { violations } from './fixture/accessibility.ts';
import { ConsolePage } from './fixture/console-page.ts';
import { expect, test } from './fixture/test.ts';

test(
  'a contest goes from the notice to an overturned case in the console, its callback, and the answer in the notice',
  { tag: ALL_TAG },
  async ({ chat, page, browser }) => {
    test.setTimeout(240_000); // five people, each with a sign-in
    const directory = await mkdtemp(path.join(tmpdir(), 'lodestone-contest-'));
    const said: string[] = [];
    const demo = await startDemo({
      directory,
      ports: { chat: 0, repositories: 0, receiver: 0, console: 0 },
      say: (line) => void said.push(line),
    });
    try {
      await chat.open(demo.chat);
      await chat.attach(path.join(demo.samples.folder, 'harbour.jpg'));
      await expect.poll(async () => (await demo.receiver.cases()).length, { timeout: 30_000 }).toBe(1);
      const [{ caseNo } = { caseNo: 0 }] = await demo.receiver.cases();

      const token = await demo.receiver.addUser(undefined, { name: 'root' as Name, role: 'administrator' });
      const root = await ConsolePage.setUp(
        browser,
        (await demo.receiver.console?.inviteLink(token, 'root' as Name)) ?? '',
      );
      await root.isClean('set-up');
      await root.save();
      const add = async (name: string, role: string): Promise<ConsolePage> => {
        await root.page.getByLabel('Name').fill(name);
        await root.page.getByLabel('Role').selectOption(role);
        await root.page.getByRole('button', { name: 'Add a user' }).click();
        const link = await root.page.getByRole('status').locator('code').textContent();
        const person = await ConsolePage.setUp(browser, link ?? '');
        await person.save();
        return person;
      };
      const [ada, bo] = [await add('ada', 'reviewer'), await add('bo', 'reviewer')];
      const [lea, otto] = [await add('lea', 'lead'), await add('otto', 'auditor')];
      await root.isClean('users');
      for (const reviewer of [ada, bo]) {
        await reviewer.openCase(caseNo);
        await reviewer.act('Take');
        await reviewer.act('Confirm', { Note: 'One file.' });
      }
      await expect(bo.page.getByRole('heading', { level: 1 })).toContainText('confirmed');
      await lea.open('Cases');
      await lea.page.getByRole('link', { name: 'Decided', exact: true }).click();
      await lea.page.getByRole('link', { name: String(caseNo), exact: true }).click();
      await lea.page.getByText('Export this case').click();
      await lea.isClean('case-with-its-files');
      const reporter = { Service: 'Chat', 'First name': 'Lea', 'Last name': 'Lead', 'E-mail': 'lea@chat.example' };
      const csv = await lea.saveCase('csv', reporter);
      expect(csv).toMatch(new RegExp(`^test,case,.*\\r\\nyes,${caseNo},confirmed,`));

      const [keyOfLea, keyOfOtto] = [await generateSubjectKey(), await generateSubjectKey()];
      await lea.askForLookUp('A court asks, file 4711.', keyOfLea.privateKey);
      await otto.open('Look-ups');
      await otto.page.getByText('Sign look-up').click();
      await otto.isClean('look-ups-of-an-auditor');
      await otto.page.getByText('Sign look-up').click();
      await otto.signLookUp(keyOfOtto.privateKey);
      await lea.page.getByRole('link', { name: 'Signed', exact: true }).click();
      await lea.isClean('look-ups');
      const signers = [
        { name: 'lea' as Name, role: 'lead', publicKey: keyOfLea.publicKey },
        { name: 'otto' as Name, role: 'auditor', publicKey: keyOfOtto.publicKey },
      ] as const;
      const signed = new TextEncoder().encode(await lea.saveLookUp());
      expect(await openLookup(signers, signed, Date.now())).toMatchObject({ case: caseNo });
      await lea.open('Floods');
      await lea.isClean('floods');

      const notice = chat.pane('alice').getByRole('region', { name: 'A match was signalled' });
      await notice.getByText('Contest this').click();
      await notice.getByLabel('Why this is wrong').fill('It is my own\nharbour.');
      expect(await violations(page)).toEqual([]);
      await notice.getByRole('button', { name: 'Send' }).click();
      await expect(notice.getByRole('status')).toContainText('There is an answer by 20');
      await notice.getByRole('button', { name: 'Is there an answer?' }).click();
      await expect(notice.getByRole('status')).toHaveText('There is no answer yet.');
      expect((await demo.receiver.cases())[0]?.state).toBe('contested');

      await bo.openCase(caseNo);
      await expect(bo.page.getByRole('main')).toContainText('It is my own');
      await expect(bo.page.getByText('Overturn', { exact: true })).toHaveCount(0); // bo took part
      await otto.openCase(caseNo);
      await otto.isClean('case-of-an-auditor');
      await expect(otto.page.getByRole('main')).not.toContainText(/Subject|harbour|One file/);
      await otto.open('Record');
      await otto.isClean('record');
      await lea.open('Contests');
      await lea.isClean('contests');
      await lea.open('Callbacks');
      await lea.isClean('callbacks');
      await lea.open('Report');
      await lea.isClean('report');
      await lea.open('Overview');
      await lea.isClean('overview');
      await lea.open('Cases');
      await lea.page.getByRole('link', { name: 'All', exact: true }).click();
      await lea.isClean('cases');
      await lea.openCase(caseNo);
      await lea.isClean('case');
      await lea.act('Overturn', {
        Reason: 'wrong-match',
        Note: 'A harbour.',
        'Answer for a user': 'It is a harbour.',
      });
      await expect(lea.page.getByRole('heading', { level: 1 })).toContainText('overturned');
      const receipt = /receipt is ([A-Z2-7-]{19})/.exec((await notice.textContent()) ?? '')?.[1];
      await expect
        .poll(() => said, { timeout: 15_000 })
        .toContain(`Account service: contest.outcome for receipt ${receipt}: overturned (wrong-match).`);
      await notice.getByRole('button', { name: 'Is there an answer?' }).click();
      await expect(notice.getByRole('status')).toHaveText('The decision was overturned. It is a harbour.');
      await lea.page.getByRole('button', { name: 'Sign out' }).click();
      await expect(lea.page.getByLabel('Passphrase')).toBeVisible();
      await lea.isClean('sign-in');
      for (const person of [root, ada, bo, lea, otto]) await person.close();
    } finally {
      await demo.close();
      await rm(directory, { recursive: true, force: true });
    }
  },
);
