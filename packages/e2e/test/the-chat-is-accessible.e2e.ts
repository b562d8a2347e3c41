/** The chat on a desktop and a phone, by keyboard alone, in light and dark: no axe violation, no horizontal scroll, no layout shift. */
import type { Page } from '@playwright/test';
import { ALL_TAG, LONG_TAG } from '@lodestone/tools/run/test-plan';
import { tabTo, violations } from './fixture/accessibility.ts';
import { holdReads } from './fixture/hold-reads.ts';
import { keepScreenshot } from './fixture/screenshot.ts';
import { expect, test } from './fixture/test.ts';

const WIDTHS = [
  { name: 'desktop', viewport: { width: 1280, height: 800 } },
  { name: 'phone', viewport: { width: 390, height: 844 } },
];

interface Shift {
  value: number;
  what: string[];
}
/** As in the Layout Instability API, which TypeScript's library lacks. */
interface LayoutShift {
  value: number;
  hadRecentInput: boolean;
  sources: { node: Node | null }[];
}

/** In light by every rule, and in dark by the one that depends on it. */
async function isClean(page: Page, screen: string): Promise<void> {
  for (const [colorScheme, rules] of [['light'], ['dark', ['color-contrast']]] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await violations(page, rules), `${screen}, ${colorScheme}`).toEqual([]);
  }
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width, screen).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);
}

for (const { name, viewport } of WIDTHS) {
  test.describe(name, () => {
    test.use({ viewport });

    test(
      'there is no axe violation and no horizontal scroll, from the first screen to a full one, in light and dark',
      { tag: ALL_TAG },
      async ({ demo, chat }) => {
        const { page } = chat;
        await page.goto(demo.chat);
        await expect(chat.pane('alice').locator('.guard-line')).toHaveAttribute('data-state', 'on');
        await isClean(page, 'first screen');

        for (const file of ['mountains.jpg', 'harbour.jpg', 'damaged.jpg']) await chat.attach(demo.sample(file));
        await expect(
          chat.pane('alice').getByRole('region', { name: /^A match (was|may have been) signalled$/ }),
        ).toBeVisible({ timeout: 20_000 });
        for (const view of ['Alice', 'Bob', 'Inspector']) {
          if (name === 'phone') await page.getByRole('button', { name: view, exact: true }).click();
          await isClean(page, view);
          await page.emulateMedia({ colorScheme: 'light' });
          await keepScreenshot(page, `chat-${name}-${view.toLowerCase()}`);
        }
      },
    );

    test(
      'there is no axe violation while a video is checked, and in the cards of videos and animations',
      { tag: name === 'desktop' ? ALL_TAG : LONG_TAG },
      async ({ demo, chat }) => {
        const [alice, bob] = [chat.pane('alice'), chat.pane('bob')];
        await chat.page.emulateMedia({ reducedMotion: 'reduce' });
        await chat.open(demo.chat);
        const readOn = await holdReads(chat.page);
        await alice.locator('input[type="file"]').setInputFiles(demo.sample('balloons.webm'));
        const bar = alice.getByRole('progressbar', { name: 'Checking on this device: balloons.webm' });
        await expect(bar).toHaveAttribute('max', '100');
        await isClean(chat.page, 'a running check');
        await expect(bar).toBeVisible();
        await readOn();
        await expect(bob.locator('video')).toHaveCount(1);
        for (const file of ['lighthouse-small.mp4', 'balloons.gif']) await chat.attach(demo.sample(file));
        await expect(alice.getByRole('button', { name: 'Play animation' })).toHaveCount(1);
        await isClean(chat.page, 'cards');
      },
    );

    test('the layout does not shift while the chat loads', { tag: ALL_TAG }, async ({ demo, chat }) => {
      await chat.page.addInitScript(() => {
        const shifts: Shift[] = [];
        Object.assign(window, { shifts });
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as unknown as LayoutShift[]) {
            const what = entry.sources.map(({ node }) => node?.textContent?.slice(0, 40) ?? 'gone');
            if (!entry.hadRecentInput) shifts.push({ value: entry.value, what });
          }
        }).observe({ type: 'layout-shift', buffered: true });
      });
      await chat.page.goto(demo.chat);
      await expect(chat.pane('alice').locator('.guard-line')).toHaveAttribute('data-state', 'on');
      await chat.page.waitForTimeout(1_000);
      const shifts = await chat.page.evaluate(() => (window as unknown as { shifts: Shift[] }).shifts);
      // A thousandth of the "good" bound of Core Web Vitals, 0.1: a word may change its width, nothing may move.
      expect(shifts.filter(({ value }) => value > 0.000_1)).toEqual([]);
    });
  });
}

test('the keyboard alone can attach, decide, read the reason, acknowledge and inspect', async ({ demo, chat }) => {
  const { page } = chat;
  // Listens all the time: a file chooser that opens before the listener is active would be lost.
  page.on('filechooser', () => undefined);
  await chat.open(demo.chat);
  const pressUntil = (accessibleName: string): Promise<void> => tabTo(page, accessibleName);
  const attach = async (file: string): Promise<void> => {
    await pressUntil('Attach a picture or video');
    const chooser = page.waitForEvent('filechooser', { timeout: 20_000 });
    await page.keyboard.press('Enter');
    await (await chooser).setFiles(demo.sample(file));
  };

  await attach('damaged.jpg');
  await expect(page.getByRole('status')).toContainText('Alice: This could not be checked');
  await pressUntil('Do not send');
  await page.keyboard.press('Enter');
  await expect(chat.pane('alice').locator('.message')).toHaveCount(0);

  await attach('harbour.jpg');
  await expect(page.getByRole('status')).toContainText('Alice: This was not sent');
  await expect(chat.pane('alice').getByRole('link', { name: /Helplines for children/ })).toBeVisible();
  // The notice appears once the signal was sent, at a random time.
  const notice = chat.pane('alice').getByRole('region', { name: /^A match (was|may have been) signalled$/ });
  await expect(notice).toBeVisible({ timeout: 20_000 });
  await pressUntil('Understood');
  await page.keyboard.press('Enter');
  await expect(notice).toHaveCount(0);

  await pressUntil('Message to Bob');
  await page.keyboard.type('Hello Bob');
  await page.keyboard.press('Enter');
  await expect(chat.pane('bob').getByText('Hello Bob')).toBeVisible();
  await pressUntil('Bob’s device');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Bob’s device' })).toHaveAttribute('aria-pressed', 'true');
});

test(
  'a picture can be added by drop, by paste and from the pictures to try',
  { tag: ALL_TAG },
  async ({ demo, chat }) => {
    const { page } = chat;
    await chat.open(demo.chat);
    const give = (type: 'drop' | 'paste'): Promise<void> =>
      page.evaluate(async (kind) => {
        const blob = await (await fetch('samples/mountains.jpg')).blob();
        const carried = new DataTransfer();
        carried.items.add(new File([blob], `${kind}.jpg`, { type: 'image/jpeg' }));
        const pane = document.querySelector('#alice .messages');
        pane?.dispatchEvent(
          kind === 'drop'
            ? new DragEvent('drop', { dataTransfer: carried, bubbles: true, cancelable: true })
            : new ClipboardEvent('paste', { clipboardData: carried, bubbles: true }),
        );
      }, type);
    await give('drop');
    expect(await chat.received(1)).toMatchObject({ outcome: 'clear' });
    await give('paste');
    expect(await chat.received(2)).toMatchObject({ outcome: 'clear' });
    await chat.pane('alice').getByRole('button', { name: 'Pictures and videos to try' }).click();
    await chat.pane('alice').getByRole('button', { name: 'Lily leek' }).click();
    expect(await chat.received(3)).toMatchObject({ outcome: 'clear' });
    await expect(chat.pane('bob').getByRole('img', { name: 'Picture from Alice: lily-leek.jpg' })).toBeVisible();
  },
);
