/** A listed picture causes one encrypted signal; an innocent one causes no request. Spec: docs/design/outbox.md#delivery */
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import { expect, test } from './fixture/test.ts';

/** Send slots of the demo's order are one second apart on average, so a further signal would almost surely be sent in this time. */
const QUIET_MS = 5_000;

test('a listed photograph is blocked and causes exactly one POST of 256 bytes; the same photograph again causes none', async ({
  demo,
  chat,
}) => {
  await chat.open(demo.chat);
  const picture = demo.sample('harbour.jpg');
  expect(await chat.attach(picture)).toMatchObject({ outcome: 'match', action: 'block' });
  await expect.poll(() => demo.signals().length, { timeout: 20_000 }).toBe(1);
  const [signal] = demo.signals();
  expect(signal?.method).toBe('POST');
  expect(signal?.url.pathname).toBe('/v1/signals');
  expect(signal?.body).toHaveLength(256);

  expect(await chat.attach(picture)).toMatchObject({ outcome: 'match', action: 'block' });
  expect(await chat.attach(demo.sample('harbour-small.webp'))).toMatchObject({ outcome: 'match', action: 'block' });
  await chat.page.waitForTimeout(QUIET_MS);
  expect(demo.signals()).toHaveLength(1);
  await expect(chat.pane('bob').locator('.message')).toHaveCount(0);
});

test(
  'an edited copy and a rotated copy match, are blocked, and signal nothing',
  { tag: ALL_TAG },
  async ({ demo, chat }) => {
    await chat.open(demo.chat);
    expect(await chat.attach(demo.sample('harbour-small.webp'))).toMatchObject({ outcome: 'match', action: 'block' });
    expect(await chat.attach(demo.sample('biplane-turned.jpg'))).toMatchObject({ outcome: 'match', action: 'block' });
    await chat.page.waitForTimeout(QUIET_MS);
    expect(demo.signals()).toHaveLength(0);
  },
);

test('innocent photographs arrive, are checked again on receipt, and cause no signal', async ({ demo, chat }) => {
  await chat.open(demo.chat);
  const before = demo.requests.filter(({ to }) => to !== 'chat').length;
  const pictures = ['mountains.jpg', 'lily-leek.jpg', 'cat.png'];
  for (const [i, file] of pictures.entries()) {
    expect(await chat.attach(demo.sample(file))).toMatchObject({ outcome: 'clear', action: 'allow' });
    expect(await chat.received(i + 1)).toMatchObject({ outcome: 'clear', action: 'allow' });
  }
  await expect(chat.pane('bob').getByRole('img', { name: /Picture from Alice/ })).toHaveCount(3);
  await chat.page.waitForTimeout(QUIET_MS);
  expect(demo.requests.filter(({ to }) => to !== 'chat')).toHaveLength(before);
  await expect(chat.tile('Bytes sent')).toHaveText('0');
});

test.describe('an order that warns', () => {
  test.use({ terms: { action: 'warn' } });

  test(
    'the sender is asked and signals once; the recipient is asked and signals nothing',
    { tag: ALL_TAG },
    async ({ demo, chat }) => {
      await chat.open(demo.chat);
      expect(await chat.attach(demo.sample('harbour.jpg'))).toMatchObject({ outcome: 'match', action: 'warn' });
      await chat.pane('alice').getByRole('button', { name: 'Send anyway' }).click();
      expect(await chat.received(1)).toMatchObject({ outcome: 'match', action: 'warn' });
      await expect(chat.pane('bob').getByRole('img', { name: /Picture from Alice/ })).toHaveCount(0);
      await chat.pane('bob').getByRole('button', { name: 'Show anyway' }).click();
      await expect(chat.pane('bob').getByRole('img', { name: /Picture from Alice/ })).toBeVisible();

      await expect.poll(() => demo.signals().length, { timeout: 20_000 }).toBe(1);
      await chat.page.waitForTimeout(QUIET_MS);
      expect(demo.signals()).toHaveLength(1);
      await chat.inspector.getByRole('button', { name: 'Bob’s device' }).click();
      await expect(chat.tile('Bytes sent')).toHaveText('0');
    },
  );
});

test.describe('an order with a threshold of two', () => {
  test.use({ terms: { threshold: 2 } });

  test(
    'one match sends nothing; a second, different match sends two signals',
    { tag: ALL_TAG },
    async ({ demo, chat }) => {
      await chat.open(demo.chat);
      expect(await chat.attach(demo.sample('harbour.jpg'))).toMatchObject({ outcome: 'match', action: 'block' });
      expect(await chat.attach(demo.sample('harbour-small.webp'))).toMatchObject({ outcome: 'match' });
      await chat.page.waitForTimeout(QUIET_MS);
      expect(demo.signals()).toHaveLength(0);

      expect(await chat.attach(demo.sample('biplane.jpg'))).toMatchObject({ outcome: 'match', action: 'block' });
      await expect.poll(() => demo.signals().length, { timeout: 20_000 }).toBe(2);
      await chat.page.waitForTimeout(QUIET_MS);
      expect(demo.signals()).toHaveLength(2);
      expect(demo.signals().map(({ body }) => body.length)).toEqual([256, 256]);
    },
  );
});
