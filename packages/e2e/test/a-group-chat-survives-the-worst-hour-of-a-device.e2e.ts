/**
 * The React example in states that no person plans: a second tab of the same profile, a page that is killed while it sends, a clock that is
 * set back, and an order that asks for more. Spec: examples/react-e2ee-chat/README.md
 */
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import type { BrowserContext, Page } from '@playwright/test';
import { expect, Member, test } from './fixture/group-chat.ts';

const YEAR_MS = 365 * 24 * 3_600_000;

test(
  'a wider order is announced, and takes effect when the person has read it',
  { tag: ALL_TAG },
  async ({ demo, openChat, join }) => {
    await demo.publish({ threshold: 2 });
    const chat = await openChat('checked');
    const { page } = await join('Alice', chat.address);
    await expect(page.locator('.chip[data-state="on"]')).toBeVisible();
    await demo.publish({ threshold: 1 });
    await page.reload();
    const banner = page.getByRole('region', { name: 'Files will be checked on this device' });
    await expect(banner).toContainText('Checks start when you confirm, and no later than');
    const orders = page.locator('.side summary');
    await expect(orders).toHaveText(['Demo authority: in force', 'Demo authority: announced']);
    await banner.getByRole('button', { name: 'I have read this' }).click();
    await expect(banner).toHaveCount(0);
    await expect(orders).toHaveText(['Demo authority: in force']);
  },
);

test(
  'two tabs, a killed page and a clock set back lose no message and send none twice',
  { tag: ALL_TAG },
  async ({ demo, openChat, join }) => {
    const chat = await openChat('checked');
    const alice = await join('Alice', chat.address);
    const bob = await join('Bob', alice.invitation);
    const context = alice.page.context();
    await alice.isOn();

    await test.step('a second tab does not open the person, and the first one goes on', async () => {
      const second = await context.newPage();
      await second.goto(alice.invitation);
      await expect(second.getByText('Alice is open in another tab of this browser.')).toBeVisible();
      await alice.say('From the first tab');
      await bob.sees('From the first tab');
      await second.close();
    });

    await test.step('what is written before the page shows the last message stays', async () => {
      await alice.words.evaluate((words: HTMLInputElement) => {
        words.value = 'First';
        words.form?.requestSubmit();
        words.value = 'Second';
      });
      await bob.sees('First');
      await expect(alice.words).toHaveValue('Second');
      await alice.words.press('Enter');
      await bob.sees('Second');
    });

    const again = await test.step('killed while it sends, the next start sends the rest', async () => {
      await alice.attach(demo.sample('mountains.jpg'));
      for (let number = 0; number < 8; number++) await alice.say(`Number ${number}`);
      await expect(alice.messages).toHaveCount(12);
      await kill(alice.page);
      const opened = new Member(await context.newPage(), 'Alice');
      await opened.page.goto(chat.address);
      await opened.isOn();
      await expect(opened.messages.getByText('Waiting', { exact: true })).toHaveCount(0);
      return opened;
    });
    // What was not stored when the page died was lost before it was sent: both sides show the same, each once.
    const wordsOf = ({ messages }: Member): Promise<string[]> => messages.locator('.words').allInnerTexts();
    await expect.poll(() => wordsOf(bob)).toEqual(await wordsOf(again));

    await test.step('with the clock a year back, messages keep their order and checks go on', async () => {
      await again.page.close();
      await setClock(context, -YEAR_MS);
      const late = new Member(await context.newPage(), 'Alice');
      await late.page.goto(chat.address);
      await late.isOn();
      await late.say('In the past');
      await bob.sees('In the past');
      await expect(late.messages.last()).toContainText('In the past');
      await late.attach(demo.sample('harbour.jpg'));
      await expect(late.card('Not sent')).toContainText('It matches material that is not allowed here.');
    });
  },
);

/** Ends the page’s process, as the system does when memory is short. */
async function kill(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  void session.send('Page.crash').catch(() => undefined);
  await crashed;
  await page.close();
}

/** Moves the clock of pages that are opened from now on. */
async function setClock(context: BrowserContext, byMs: number): Promise<void> {
  await context.addInitScript((by) => {
    const now = Date.now;
    globalThis.Date = class extends Date {
      constructor(...at: [number]) {
        super(...(at.length > 0 ? at : ([now() + by] as [number])));
      }
      static override now = (): number => now() + by;
    } as DateConstructor;
  }, byMs);
}
