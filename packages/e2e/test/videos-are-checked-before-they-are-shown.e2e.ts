/**
 * Videos and animations in the chat: the bar moves while one is checked, a listed one is blocked, an innocent one arrives and plays.
 * Spec: docs/design/hashing.md#video, docs/design/client.md#check
 */
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import { ALL_TAG, LONG_TAG } from '@lodestone/tools/run/test-plan';
import { expect, test } from './fixture/test.ts';

/** Send slots of the demo's order are one second apart on average, so a signal would almost surely be sent in this time. */
const QUIET_MS = 5_000;

/** What the page shows of each message in time: a list of the bars' values, and of `player` and `image` when one appears. */
async function watch(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    const look = (): void => {
      for (const message of document.querySelectorAll('#alice .message, #bob .message')) {
        const bar = message.querySelector('progress');
        const shown = [
          bar && `${bar.value}`,
          message.querySelector('video') && 'player',
          message.querySelector('img') && 'image',
        ];
        const line = `${message.closest('section')?.id}: ${shown.filter(Boolean).join(' ')}`;
        if (seen.at(-1) !== line) seen.push(line);
      }
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  return () => page.evaluate(() => (window as unknown as { seen: string[] }).seen);
}

test('a listed video is blocked while its bar moves, sends one signal, and is never shown', async ({ demo, chat }) => {
  await chat.open(demo.chat);
  const seen = await watch(chat.page);
  expect(await chat.attach(demo.sample('lighthouse.webm'))).toMatchObject({ outcome: 'match', action: 'block' });
  const card = chat.pane('alice').getByRole('region', { name: 'This was not sent' });
  await expect(card).toContainText('It matches material that is not allowed here.');
  const values = (await seen()).flatMap((line) => /^alice: ([\d.]+)$/.exec(line)?.[1] ?? []).map(Number);
  expect(values.filter((value) => value > 0 && value < 100).length).toBeGreaterThan(0);
  expect(values).toEqual([...values].sort((a, b) => a - b));
  expect((await seen()).filter((line) => line.includes('player'))).toEqual([]);
  await expect.poll(() => demo.signals().length, { timeout: 20_000 }).toBe(1);
  await chat.page.waitForTimeout(QUIET_MS);
  expect(demo.signals().map(({ body }) => body.length)).toEqual([256]);
  await expect(chat.pane('bob').locator('.message')).toHaveCount(0);
});

test(
  'an innocent video is a player on both devices after its check, and plays',
  { tag: ALL_TAG },
  async ({ demo, chat }) => {
    await chat.open(demo.chat);
    const seen = await watch(chat.page);
    expect(await chat.attach(demo.sample('balloons.webm'))).toMatchObject({ outcome: 'clear', action: 'allow' });
    expect(await chat.received(1)).toMatchObject({ outcome: 'clear', action: 'allow' });
    await expect(chat.pane('alice').getByLabel('Video from Alice: balloons.webm')).toBeVisible();
    const video = chat.pane('bob').getByLabel('Video from Alice: balloons.webm');
    await expect(video).toBeVisible();
    for (const person of ['alice', 'bob']) {
      const lines = (await seen()).filter((line) => line.startsWith(person));
      const player = lines.findIndex((line) => line.includes('player'));
      expect(lines.slice(0, player).join(), 'the bar comes first').toMatch(/: 62\.5/);
      expect(
        lines.filter((line) => /\d.*player/.test(line)),
        'no player beside a bar',
      ).toEqual([]);
    }
    expect(
      await video.evaluate((player: HTMLVideoElement) => [player.controls, player.autoplay, player.paused]),
    ).toEqual([true, false, true]);
    const time = (): Promise<number> => video.evaluate((player: HTMLVideoElement) => player.currentTime);
    expect(await time()).toBe(0);
    await video.evaluate((player: HTMLVideoElement) => player.play());
    await expect.poll(time).toBeGreaterThan(0.5);
    await chat.page.waitForTimeout(QUIET_MS);
    expect(demo.signals()).toHaveLength(0);
  },
);

test(
  'an edited copy of a listed video and animations with a listed frame are blocked, and signal nothing',
  { tag: ALL_TAG },
  async ({ demo, chat }) => {
    await chat.open(demo.chat);
    const frames = [1, 2, 3].map((left) =>
      sharp(demo.sample(left === 3 ? 'harbour.jpg' : 'cat.png'))
        .resize(320, 240, { fit: 'fill' })
        .png()
        .toBuffer(),
    );
    const gif = await sharp(await Promise.all(frames), { join: { animated: true } })
      .gif()
      .toBuffer();
    const listedLast = { name: 'last.gif', mimeType: 'image/gif', buffer: gif };
    for (const file of [demo.sample('lighthouse-small.mp4'), demo.sample('slides.webp'), listedLast]) {
      expect(await chat.attach(file)).toMatchObject({ outcome: 'match', action: 'block' });
    }
    expect(await chat.attach(demo.sample('balloons.gif'))).toMatchObject({ outcome: 'clear', action: 'allow' });
    await chat.page.waitForTimeout(QUIET_MS);
    expect(demo.signals()).toHaveLength(0);
    await expect(chat.pane('bob').locator('.message')).toHaveCount(1);

    expect(await chat.attach(demo.sample('cat-running.gif'))).toMatchObject({ outcome: 'match', action: 'block' });
    await expect.poll(() => demo.signals().length, { timeout: 20_000 }).toBe(1);
  },
);

test('a video that is cut is unscannable, and the sender decides', { tag: LONG_TAG }, async ({ demo, chat }) => {
  await chat.open(demo.chat);
  const whole = await readFile(demo.sample('balloons.webm'));
  const cut = { name: 'cut.webm', mimeType: 'video/webm', buffer: whole.subarray(0, 12_000) };
  expect(await chat.attach(cut)).toEqual({ outcome: 'unscannable', action: 'warn', reason: 'decode' });
  const alice = chat.pane('alice');
  await expect(alice.getByRole('region', { name: 'This could not be checked' })).toContainText('The file is damaged.');
  await expect(alice.locator('video')).toHaveCount(0);
  await alice.getByRole('button', { name: 'Do not send' }).click();
  await expect(alice.locator('.message')).toHaveCount(0);
});

test.describe('an order that warns', () => {
  test.use({ terms: { action: 'warn' } });

  test('a listed video is shown only after both persons chose so', { tag: LONG_TAG }, async ({ demo, chat }) => {
    await chat.open(demo.chat);
    expect(await chat.attach(demo.sample('lighthouse-small.mp4'))).toMatchObject({ outcome: 'match', action: 'warn' });
    const [alice, bob] = [chat.pane('alice'), chat.pane('bob')];
    await expect(alice.locator('video')).toHaveCount(0);
    await alice.getByRole('button', { name: 'Send anyway' }).click();
    expect(await chat.received(1)).toMatchObject({ outcome: 'match', action: 'warn' });
    await expect(bob.locator('video')).toHaveCount(0);
    await bob.getByRole('button', { name: 'Show anyway' }).click();
    await expect(bob.getByLabel('Video from Alice: lighthouse-small.mp4')).toBeVisible();
  });
});

test('a cancelled check sends nothing and leaves no message', { tag: ALL_TAG }, async ({ demo, chat }) => {
  await chat.open(demo.chat);
  // Presses Cancel as soon as the bar has moved.
  await chat.page.evaluate(() => {
    const observer = new MutationObserver(() => {
      const message = document.querySelector('#alice .message');
      if (!message?.querySelector('progress')?.value) return;
      observer.disconnect();
      message.querySelector('button')?.click();
    });
    observer.observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  await chat.pane('alice').locator('input[type="file"]').setInputFiles(demo.sample('lighthouse.webm'));
  await expect(chat.inspector.getByText('cancelled')).toBeVisible();
  await expect(chat.pane('alice').locator('.message')).toHaveCount(0);
  await chat.page.waitForTimeout(QUIET_MS);
  expect(demo.signals()).toHaveLength(0);
  await expect(chat.pane('bob').locator('.message')).toHaveCount(0);
});

test.describe('with less motion', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } });

  test(
    'an animation stands still until the person plays it; a still picture has no such button',
    { tag: LONG_TAG },
    async ({ demo, chat }) => {
      await chat.open(demo.chat);
      await chat.attach(demo.sample('balloons.gif'));
      await chat.attach(demo.sample('mountains.jpg'));
      await chat.received(2);
      const bob = chat.pane('bob');
      const picture = bob.getByRole('img', { name: 'Picture from Alice: balloons.gif' });
      await expect(picture).toHaveAttribute('src', /^data:image\/png/);
      await expect(bob.getByRole('button', { name: 'Play animation' })).toHaveCount(1);
      await bob.getByRole('button', { name: 'Play animation' }).click();
      await expect(picture).toHaveAttribute('src', /^blob:/);
      await bob.getByRole('button', { name: 'Stop animation' }).click();
      await expect(picture).toHaveAttribute('src', /^data:/);
    },
  );
});
