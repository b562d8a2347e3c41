/** The chat blurs a picture that a model classifies as sensitive, and sends only what the order requires. Spec: docs/design/client.md#blur */
import { discs, pngOf } from '@lodestone/model-shapes';
import { LONG_TAG } from '@lodestone/tools/run/test-plan';
import type { Attachable, ChatPage } from './fixture/chat-page.ts';
import type { TestDemo } from './fixture/demo.ts';
import { expect, test } from './fixture/test.ts';

/** Send slots of the demo's order are one second apart on average, so a signal would almost surely be sent in this time. */
const QUIET_MS = 5_000;
const another = { name: 'another.png', mimeType: 'image/png', buffer: Buffer.from(pngOf(discs({ seed: 9 }))) };

/** Opens the chat and waits until the order of the model is in force on both devices: its files must be there first. */
async function openWithModel(demo: TestDemo, chat: ChatPage): Promise<void> {
  await chat.open(demo.chat);
  for (const device of ['Bob’s device', 'Alice’s device']) {
    await chat.inspector.getByRole('button', { name: device }).click();
    const order = chat.inspector.getByRole('region', { name: 'Order demo-classifier' });
    await expect(order).toContainText('in force', { timeout: 30_000 });
  }
}

test.describe('an order that warns', () => {
  test.use({ terms: { classifier: { minBucket: 8, action: 'warn' } } });

  test('the picture is blurred for both, either can reveal it, and only signed inputs are requested', async ({
    demo,
    chat,
  }) => {
    await openWithModel(demo, chat);
    expect(await chat.attach(demo.sample('discs.png'))).toMatchObject({ outcome: 'sensitive', action: 'warn' });
    await chat.pane('alice').getByRole('button', { name: 'Send anyway' }).click();
    expect(await chat.received(1)).toMatchObject({ outcome: 'sensitive', action: 'warn' });
    const bob = chat.pane('bob');
    await expect(bob.getByText('This may be sensitive')).toBeVisible();
    await expect(bob.getByRole('img', { name: /Picture from Alice/ })).toHaveCount(0);
    await bob.getByRole('button', { name: 'Show it anyway' }).click();
    await expect(bob.getByRole('img', { name: /Picture from Alice/ })).toBeVisible();

    expect(await chat.attach(demo.sample('mountains.jpg'))).toMatchObject({ outcome: 'clear', action: 'allow' });
    await chat.page.waitForTimeout(QUIET_MS);
    expect(demo.signals()).toEqual([]);
    // Each device fetches the model, its manifest and its runtime once, by GET requests without a body.
    const models = demo.requests.filter(({ url }) => url.pathname.includes('/v1/models/'));
    expect(models.map(({ method, body }) => `${method} ${body.length}`)).toEqual(Array(6).fill('GET 0'));
    await expect(chat.tile('Bytes sent')).toHaveText('0');
  });
});

test.describe('an order that signals', () => {
  test.use({ terms: { classifier: { minBucket: 8, action: 'block', signal: true } } });

  test(
    'such pictures on three different days send three signals of 256 bytes, and on two days none',
    { tag: LONG_TAG },
    async ({ demo, chat }) => {
      await chat.page.addInitScript(() => {
        if (self !== top) return; // the sandbox has no storage
        const now = Date.now.bind(Date);
        Date.now = () => now() + Number(sessionStorage.getItem('days') ?? 0) * 86_400_000;
      });
      /** Sends a picture on a later day. */
      const attachOn = async (day: number, picture: Attachable): Promise<void> => {
        await chat.page.evaluate((days) => sessionStorage.setItem('days', String(days)), day);
        expect(await chat.attach(picture)).toMatchObject({ outcome: 'sensitive', action: 'block' });
      };
      await openWithModel(demo, chat);
      await attachOn(0, demo.sample('discs.png'));
      await attachOn(0, another);
      await attachOn(1, demo.sample('discs.png'));
      await chat.page.waitForTimeout(QUIET_MS);
      expect(demo.signals()).toHaveLength(0);
      await attachOn(2, another);
      await expect.poll(() => demo.signals().length, { timeout: 20_000 }).toBe(3);
      expect(demo.signals().map(({ body }) => body.length)).toEqual([256, 256, 256]);
      await expect(chat.pane('bob').locator('.message')).toHaveCount(0);
    },
  );
});
