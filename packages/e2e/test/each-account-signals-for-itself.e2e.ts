/** Two accounts on one device: what one of them matched never counts for the other. Spec: docs/design/outbox.md#subject-ids */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Accounts } from '@lodestone/demo/accounts';
import { startDemo } from '@lodestone/demo/demo';
import { ALL_TAG, LONG_TAG } from '@lodestone/tools/run/test-plan';
import { expect, test } from './fixture/test.ts';

/** Send slots of the demo's order are one second apart on average. */
const QUIET_MS = 5_000;

test.describe('an order with a threshold of two', () => {
  test.use({ terms: { threshold: 2 } });

  test(
    'a match of the first account and one of the second send nothing; each account’s own second match sends two signals',
    { tag: LONG_TAG },
    async ({ demo, chat }) => {
      await chat.open(demo.chat);
      expect(await chat.attach(demo.sample('harbour.jpg'))).toMatchObject({ outcome: 'match', action: 'block' });
      await chat.switchAccount('Alice at work');
      expect(await chat.attach(demo.sample('biplane.jpg'))).toMatchObject({ outcome: 'match', action: 'block' });
      await chat.page.waitForTimeout(QUIET_MS);
      expect(demo.signals()).toHaveLength(0);

      expect(await chat.attach(demo.sample('harbour.jpg'))).toMatchObject({ outcome: 'match', action: 'block' });
      await expect.poll(() => demo.signals().length, { timeout: 20_000 }).toBe(2);
      await chat.switchAccount('Alice');
      await chat.page.waitForTimeout(QUIET_MS);
      expect(demo.signals()).toHaveLength(2); // the first account's match is still held

      expect(await chat.attach(demo.sample('biplane.jpg'))).toMatchObject({ outcome: 'match', action: 'block' });
      await expect.poll(() => demo.signals().length, { timeout: 20_000 }).toBe(4);
    },
  );
});

test('with the real receiver, each account’s match opens a case of its own', { tag: ALL_TAG }, async ({ chat }) => {
  test.setTimeout(120_000);
  const directory = await mkdtemp(path.join(tmpdir(), 'lodestone-accounts-'));
  const demo = await startDemo({
    directory,
    ports: { chat: 0, repositories: 0, receiver: 0 },
    say: () => undefined,
  });
  try {
    const { accounts } = JSON.parse(await readFile(path.join(directory, 'accounts.json'), 'utf8')) as Accounts;
    const photograph = (file: string): string => path.join(demo.samples.folder, file);
    const pseudonyms = async () => (await demo.receiver.cases()).map(({ pseudonym }) => pseudonym).sort();
    await chat.open(demo.chat);
    await chat.attach(photograph('harbour.jpg'));
    await expect.poll(pseudonyms, { timeout: 30_000 }).toEqual([accounts.alice.pseudonym]);

    await chat.switchAccount('Alice at work');
    await chat.attach(photograph('harbour.jpg'));
    const both = [accounts.alice.pseudonym, accounts['alice-work'].pseudonym].sort();
    await expect.poll(pseudonyms, { timeout: 30_000 }).toEqual(both);
    expect((await demo.receiver.cases()).flatMap(({ entries }) => entries.map(({ signals }) => signals))).toEqual([
      1, 1,
    ]);
  } finally {
    await demo.close();
    await rm(directory, { recursive: true, force: true });
  }
});

test(
  'a signed-out device sends nothing, and shows no message of the account before',
  { tag: ALL_TAG },
  async ({ demo, chat }) => {
    await chat.open(demo.chat);
    await chat.attach(demo.sample('mountains.jpg'));
    const alice = chat.pane('alice');
    await alice.getByRole('button', { name: 'Sign out' }).click();
    await expect(alice.getByText('Signed out')).toBeVisible();
    await expect(alice.locator('.message')).toHaveCount(0);
    await expect(alice.locator('input')).toHaveCount(0);
    await expect(alice.getByRole('button', { name: 'Sign in as Alice', exact: true })).toBeFocused();
  },
);
