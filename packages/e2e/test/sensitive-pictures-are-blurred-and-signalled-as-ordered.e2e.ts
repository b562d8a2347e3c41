/** The chat blurs a picture that a model classifies as sensitive, and sends only what the order requires. Spec: docs/design/client.md#blur */
import { discs, pngOf } from '@lodestone/model-shapes';
import { expect, test } from './fixture/test.ts';

/** Send slots of the demo's order are one second apart on average, so a signal would almost surely be sent in this time. */
const QUIET_MS = 5_000;
const another = { name: 'another.png', mimeType: 'image/png', buffer: Buffer.from(pngOf(discs({ seed: 9 }))) };

test.describe('an order that warns', () => {
  test.use({ terms: { classifier: { minBucket: 8, action: 'warn' } } });

  test('the picture is blurred for both, either can reveal it, and only signed inputs are requested', async ({
    demo,
    chat,
  }) => {
    await chat.open(demo.chat);
    expect(await chat.attach(demo.photograph('discs.png'))).toMatchObject({ outcome: 'sensitive', action: 'warn' });
    await chat.pane('alice').getByRole('button', { name: 'Send anyway' }).click();
    expect(await chat.received(1)).toMatchObject({ outcome: 'sensitive', action: 'warn' });
    const bob = chat.pane('bob');
    await expect(bob.getByText('This may be sensitive')).toBeVisible();
    await expect(bob.getByRole('img', { name: /Picture from Alice/ })).toHaveCount(0);
    await bob.getByRole('button', { name: 'Show it anyway' }).click();
    await expect(bob.getByRole('img', { name: /Picture from Alice/ })).toBeVisible();

    expect(await chat.attach(demo.photograph('mountains.jpg'))).toMatchObject({ outcome: 'clear', action: 'allow' });
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

  test('one signal of 256 bytes is sent; a second such picture on the same day adds none', async ({ demo, chat }) => {
    await chat.open(demo.chat);
    expect(await chat.attach(demo.photograph('discs.png'))).toMatchObject({ outcome: 'sensitive', action: 'block' });
    await expect.poll(() => demo.signals().length, { timeout: 20_000 }).toBe(1);
    expect(demo.signals()[0]?.body).toHaveLength(256);
    expect(await chat.attach(another)).toMatchObject({ outcome: 'sensitive', action: 'block' });
    await chat.page.waitForTimeout(QUIET_MS);
    expect(demo.signals()).toHaveLength(1);
    await expect(chat.pane('bob').locator('.message')).toHaveCount(0);
  });
});
