/** Each bad file ends `unscannable` with its reason, the user is asked, nothing is sent, and the next check works. */
import { readFile, writeFile } from 'node:fs/promises';
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import type { TestDemo } from './fixture/demo.ts';
import { type BadFile, ciphertext, empty, huge, notAPicture, tooBig, truncated } from './fixture/bad-files.ts';
import { expect, test } from './fixture/test.ts';

const photograph = (demo: TestDemo): Promise<Buffer> => readFile(demo.sample('mountains.jpg'));

const CASES: readonly { what: string; reason: string; make: (demo: TestDemo) => Promise<BadFile> }[] = [
  { what: 'ciphertext', reason: 'format', make: async () => ciphertext(200_000) },
  { what: '0 bytes', reason: 'decode', make: async () => empty },
  { what: 'truncated', reason: 'decode', make: async (demo) => truncated(await photograph(demo)) },
  { what: '60,000 × 60,000 pixels', reason: 'too-large', make: async () => huge() },
  { what: 'one byte over the bound', reason: 'too-large', make: async (demo) => tooBig(await photograph(demo)) },
];

test(
  'each bad file is unscannable with its reason, and the next check works',
  { tag: ALL_TAG },
  async ({ demo, chat }, testInfo) => {
    await chat.open(demo.chat);
    const alice = chat.pane('alice');
    for (const { what, reason, make } of CASES) {
      await test.step(what, async () => {
        const { name, buffer } = await make(demo);
        const file = testInfo.outputPath(name); // by its path: Playwright hands over at most 50 MB of bytes
        await writeFile(file, buffer);
        const arrived = await chat.pane('bob').locator('.message').count();

        expect(await chat.attach(file)).toEqual({ outcome: 'unscannable', action: 'warn', reason });
        await expect(alice.getByRole('region', { name: 'This could not be checked' })).toBeVisible();
        await expect(chat.pane('bob').locator('.message')).toHaveCount(arrived);
        await alice.getByRole('button', { name: 'Do not send' }).click();

        expect(await chat.attach(demo.sample('biplane.jpg'))).toMatchObject({ outcome: 'match', action: 'block' });
        expect(await chat.attach(demo.sample('mountains.jpg'))).toMatchObject({ outcome: 'clear', action: 'allow' });
        await expect(chat.pane('bob').locator('.message')).toHaveCount(arrived + 1);
      });
    }
  },
);

test(
  'a text file with the name of a picture passes unscanned, because the order applies to pictures',
  { tag: ALL_TAG },
  async ({ demo, chat }, testInfo) => {
    await chat.open(demo.chat);
    const file = testInfo.outputPath(notAPicture.name);
    await writeFile(file, notAPicture.buffer);
    expect(await chat.attach(file)).toEqual({ outcome: 'skipped', action: 'allow', reason: 'not-covered' });
    await expect(chat.pane('bob').getByText('letter.jpg')).toBeVisible();
  },
);

test(
  'the recipient of a damaged file is asked too, after the sender chose to send it',
  { tag: ALL_TAG },
  async ({ demo, chat }) => {
    await chat.open(demo.chat);
    const answer = { outcome: 'unscannable', action: 'warn', reason: 'decode' };
    expect(await chat.attach(demo.sample('damaged.jpg'))).toEqual(answer);
    await chat.pane('alice').getByRole('button', { name: 'Send anyway' }).click();
    expect(await chat.received(1)).toEqual(answer);
    await chat.pane('bob').getByRole('button', { name: 'Remove' }).click();
    await expect(chat.pane('bob').locator('.message')).toHaveCount(0);
    expect(demo.signals()).toHaveLength(0);
  },
);
