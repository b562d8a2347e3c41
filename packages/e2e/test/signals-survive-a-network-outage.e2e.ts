/** Without a network, checks work and signals wait. If the browser refuses storage, the guard reports it and keeps working. */
import { ALL_TAG, LONG_TAG } from '@lodestone/tools/run/test-plan';
import { expect, test } from './fixture/test.ts';

test('without a network checks work and a signal waits; it is sent once when the network is back', async ({
  demo,
  chat,
}) => {
  await chat.open(demo.chat);
  await chat.page.context().setOffline(true);
  expect(await chat.attach(demo.sample('mountains.jpg'))).toMatchObject({ outcome: 'clear', action: 'allow' });
  expect(await chat.attach(demo.sample('harbour.jpg'))).toMatchObject({ outcome: 'match', action: 'block' });
  await chat.page.waitForTimeout(3_000);
  expect(demo.signals()).toHaveLength(0);

  await chat.page.context().setOffline(false);
  await expect.poll(() => demo.signals().length, { timeout: 60_000 }).toBe(1);
  expect(demo.signals()[0]?.body).toHaveLength(256);
});

test('a receiver that failed receives the same bytes again', { tag: LONG_TAG }, async ({ demo, chat }) => {
  await chat.open(demo.chat);
  const headers = { 'Access-Control-Allow-Origin': '*' };
  const recover = demo.intercept(({ method, url }) =>
    method === 'POST' && url.pathname === '/v1/signals'
      ? { status: 503, type: 'text/plain', body: '', headers }
      : undefined,
  );
  await chat.attach(demo.sample('harbour.jpg'));
  await expect.poll(() => demo.signals().length, { timeout: 30_000 }).toBeGreaterThanOrEqual(2);
  await expect(chat.inspector.getByText('ERR_HTTP')).toBeVisible();
  recover();
  await expect(chat.tile('Last request to the receiver')).toHaveText('no error', { timeout: 60_000 });
  expect(new Set(demo.signals().map(({ body }) => body.toString('hex'))).size).toBe(1);
});

test(
  'a signal that waits when the page closes is sent after the page is opened again',
  { tag: ALL_TAG },
  async ({ demo, chat }) => {
    await chat.open(demo.chat);
    await chat.page.context().setOffline(true);
    await chat.attach(demo.sample('biplane.jpg'));
    await chat.page.waitForTimeout(2_000); // the outbox stores the signal after the answer
    await chat.page.close();
    await chat.page.context().setOffline(false);

    const page = await chat.page.context().newPage();
    await page.goto(demo.chat);
    await expect.poll(() => demo.signals().length, { timeout: 60_000 }).toBe(1);
  },
);

test(
  'if the browser refuses storage, the status is "memory", and checks and signals work',
  { tag: LONG_TAG },
  async ({ demo, chat }) => {
    await chat.page.addInitScript(() => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('refused for the test', 'SecurityError');
      };
    });
    await chat.open(demo.chat);
    await expect(chat.tile('Storage')).toHaveText('memory');
    expect(await chat.attach(demo.sample('harbour.jpg'))).toMatchObject({ outcome: 'match', action: 'block' });
    await expect.poll(() => demo.signals().length, { timeout: 20_000 }).toBe(1);
  },
);
