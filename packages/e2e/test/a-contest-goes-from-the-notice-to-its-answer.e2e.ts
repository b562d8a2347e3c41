/** The user contests a signal in its notice, people overturn the decision, and the account service and the user get the answer. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDemo } from '@lodestone/demo/demo';
import type { Name, Role } from '@lodestone/protocol';
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import { violations } from './fixture/accessibility.ts';
import { expect, test } from './fixture/test.ts';

test(
  'a contest goes from the notice to an overturned case, its callback, and the answer in the notice',
  { tag: ALL_TAG },
  async ({ chat, page }) => {
    test.setTimeout(120_000);
    const directory = await mkdtemp(path.join(tmpdir(), 'lodestone-contest-'));
    const said: string[] = [];
    const demo = await startDemo({
      directory,
      ports: { chat: 0, repositories: 0, receiver: 0 },
      say: (line) => void said.push(line),
    });
    try {
      await chat.open(demo.chat);
      await chat.attach(path.join(demo.samples.folder, 'harbour.jpg'));
      await expect.poll(async () => (await demo.receiver.cases()).length, { timeout: 30_000 }).toBe(1);
      const [{ caseNo } = { caseNo: 0 }] = await demo.receiver.cases();

      const root = await demo.receiver.addUser(undefined, { name: 'root' as Name, role: 'administrator' });
      const add = (name: string, role: Role) => demo.receiver.addUser(root, { name: name as Name, role });
      const [ada, bo, cy] = [await add('ada', 'reviewer'), await add('bo', 'reviewer'), await add('cy', 'reviewer')];
      for (const token of [ada, bo]) {
        await demo.receiver.act(token, { caseNo, action: 'take' });
        await demo.receiver.act(token, { caseNo, action: 'confirm' });
      }

      const notice = chat.pane('alice').getByRole('region', { name: 'A match was signalled' });
      await notice.getByText('Contest this').click();
      await notice.getByLabel('Why this is wrong').fill('It is my own\nharbour.');
      expect(await violations(page)).toEqual([]);
      await notice.getByRole('button', { name: 'Send' }).click();
      await expect(notice.getByRole('status')).toContainText('There is an answer by 20');
      await notice.getByRole('button', { name: 'Is there an answer?' }).click();
      await expect(notice.getByRole('status')).toHaveText('There is no answer yet.');
      expect((await demo.receiver.cases())[0]?.state).toBe('contested');

      const wrong = { reason: 'wrong-match', text: 'A harbour.', answer: 'It is a harbour.' } as const;
      await expect(demo.receiver.act(bo, { caseNo, action: 'overturn', ...wrong })).rejects.toThrow('took no part');
      await demo.receiver.act(cy, { caseNo, action: 'overturn', ...wrong });
      const receipt = /receipt is ([A-Z2-7-]{19})/.exec((await notice.textContent()) ?? '')?.[1];
      await expect
        .poll(() => said, { timeout: 15_000 })
        .toContain(`Account service: contest.outcome for receipt ${receipt}: overturned (wrong-match).`);
      await notice.getByRole('button', { name: 'Is there an answer?' }).click();
      await expect(notice.getByRole('status')).toHaveText('The decision was overturned. It is a harbour.');
    } finally {
      await demo.close();
      await rm(directory, { recursive: true, force: true });
    }
  },
);
