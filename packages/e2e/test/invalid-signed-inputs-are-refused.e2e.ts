/**
 * Inputs from the authorities' servers are accepted only if they are signed and new. Tampered, expired and wrongly rooted
 * inputs show as a typed error in the status, and earlier inputs stay in force. Spec: docs/design/signed-inputs.md#tuf-client
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DAY_MS } from '@lodestone/protocol';
import type { ServedConfiguration, ServedSource } from '@lodestone/example-vanilla-chat/configuration';
import { ALL_TAG, LONG_TAG } from '@lodestone/tools/run/test-plan';
import type { ChatPage } from './fixture/chat-page.ts';
import type { TestDemo } from './fixture/demo.ts';
import { expect, test } from './fixture/test.ts';

async function stillBlocks(demo: TestDemo, chat: ChatPage, file = 'harbour.jpg'): Promise<void> {
  expect(await chat.attach(demo.sample(file))).toMatchObject({ outcome: 'match', action: 'block' });
}

type Authorities = ServedConfiguration['authorities'] & { orders: [ServedSource, ...ServedSource[]] };

async function configurationOf(demo: TestDemo): Promise<ServedConfiguration & { authorities: Authorities }> {
  const answer = await fetch(`${demo.chat}lodestone.json`);
  return (await answer.json()) as ServedConfiguration & { authorities: Authorities };
}

function serveConfiguration(demo: TestDemo, configuration: ServedConfiguration): void {
  const body = JSON.stringify(configuration);
  demo.intercept(({ url }) => (url.pathname === '/lodestone.json' ? { type: 'application/json', body } : undefined));
}

/** Gives the page other authorities than the demo's, like a misconfigured host. */
async function configure(
  demo: TestDemo,
  change: (authorities: Authorities) => ServedConfiguration['authorities'],
): Promise<void> {
  const configuration = await configurationOf(demo);
  serveConfiguration(demo, { ...configuration, authorities: change(configuration.authorities) });
}

const list = (chat: ChatPage) => chat.inspector.getByRole('region', { name: /^List demo-lists:/ });

test('a list with one changed byte is refused, and the last valid release stays in force', async ({ demo, chat }) => {
  await chat.open(demo.chat);
  await expect(list(chat)).toContainText(/Version1 · \d+ records/);
  await demo.publish({ listed: [demo.sample('mountains.jpg')] });
  const stop = demo.intercept(async ({ url }) => {
    if (!url.pathname.endsWith('.2.lode')) return undefined;
    const file = path.join(demo.authorities.lists.repository, url.pathname.replace(/^\/[^/]+\//, ''));
    const bytes = await readFile(file);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    return { type: 'application/octet-stream', body: bytes, headers: { 'Access-Control-Allow-Origin': '*' } };
  });
  await chat.open(demo.chat);
  await expect(list(chat)).toContainText('ERR_TRUST_DIGEST');
  await expect(list(chat)).toContainText(/Version1 · \d+ records/);
  await stillBlocks(demo, chat);

  stop();
  await chat.open(demo.chat);
  await expect(list(chat)).toContainText(/Version2 · \d+ records/);
  await expect(list(chat)).not.toContainText('ERR_');
  await stillBlocks(demo, chat, 'mountains.jpg');
});

test(
  'a timestamp that expired before it arrived is refused, and the trusted metadata stays',
  { tag: LONG_TAG },
  async ({ demo, chat }) => {
    await chat.open(demo.chat);
    await demo.publish({ threshold: 2, now: Date.now() - 30 * DAY_MS });
    await chat.open(demo.chat);
    await expect(chat.source('demo-court')).toContainText('ERR_TRUST_EXPIRED');
    await expect(chat.order('in force')).toContainText('from a threshold of 1');
    await stillBlocks(demo, chat);
  },
);

test(
  'metadata with one changed byte is refused, and the trusted metadata stays',
  { tag: LONG_TAG },
  async ({ demo, chat }) => {
    await chat.open(demo.chat);
    await demo.publish({});
    const timestamp = path.join(demo.authorities.court.repository, 'metadata/timestamp.json');
    const text = await readFile(timestamp, 'utf8');
    await writeFile(
      timestamp,
      text.replace(/"version":\s*(\d)/, (_, digit: string) => `"version":${Number(digit) + 1}`),
    );
    await chat.open(demo.chat);
    await expect(chat.source('demo-court')).toContainText('ERR_TRUST_SIGNATURE');
    await stillBlocks(demo, chat);
  },
);

test('a rollback to an older timestamp is refused', { tag: LONG_TAG }, async ({ demo, chat }) => {
  const timestamp = path.join(demo.authorities.lists.repository, 'metadata/timestamp.json');
  const old = await readFile(timestamp);
  await demo.publish({});
  await chat.open(demo.chat);
  await writeFile(timestamp, old);
  await chat.open(demo.chat);
  await expect(chat.source('demo-lists')).toContainText('ERR_TRUST_ROLLBACK');
  await stillBlocks(demo, chat);
});

test(
  'an authority with another root is ignored, and checks say that orders are not known',
  { tag: ALL_TAG },
  async ({ demo, chat }) => {
    const root = Buffer.from(demo.authorities.provider.root).toString('base64');
    await configure(demo, ({ orders: [court], ...rest }) => ({ ...rest, orders: [{ ...court, root }] }));
    await chat.page.goto(demo.chat);
    await expect(chat.source('demo-court')).toContainText('ERR_TRUST_SIGNATURE');
    await expect(chat.source('demo-court')).toContainText('is the `root` of this source the root.json of http');
    await expect(chat.pane('alice').locator('.guard-line')).toHaveText('It is not known yet what to check');
    expect(await chat.attach(demo.sample('harbour.jpg'))).toEqual({
      outcome: 'skipped',
      action: 'allow',
      reason: 'orders-unknown',
    });
  },
);

test(
  'an order of basis "order" from a source that the host listed as provider has no effect',
  { tag: ALL_TAG },
  async ({ demo, chat }) => {
    await configure(demo, ({ orders: [court], lists, provider }) => ({ orders: [provider], lists, provider: court }));
    await chat.page.goto(demo.chat);
    await expect(chat.source('demo-court')).toContainText('ERR_TRUST_POWER');
    await expect(chat.pane('alice').locator('.guard-line')).toHaveText('Checks are off');
  },
);

test(
  'a list from a source that the host listed for orders has no effect, and the order decides what happens instead',
  { tag: ALL_TAG },
  async ({ demo, chat }) => {
    await configure(demo, ({ orders, lists, provider }) => ({ orders: [...orders, ...lists], lists: [], provider }));
    await chat.open(demo.chat);
    await expect(list(chat)).toContainText('ERR_TRUST_POWER');
    expect(await chat.attach(demo.sample('mountains.jpg'))).toEqual({
      outcome: 'unscannable',
      action: 'warn',
      reason: 'list-missing',
    });
  },
);

test('an order with another endpoint than the pinned one is refused', { tag: ALL_TAG }, async ({ demo, chat }) => {
  const configuration = await configurationOf(demo);
  serveConfiguration(demo, { ...configuration, endpoint: 'https://elsewhere.example/v1/signals' });
  await chat.page.goto(demo.chat);
  await expect(chat.source('demo-court')).toContainText('ERR_TRUST_ENDPOINT');
  await expect(chat.pane('alice').locator('.guard-line')).toHaveText('Checks are off');
});

test(
  'a wider order is announced, and takes effect after the user has seen it',
  { tag: LONG_TAG },
  async ({ demo, chat }) => {
    await demo.publish({ threshold: 2 });
    await chat.open(demo.chat);
    await demo.publish({ threshold: 1 });
    await chat.page.goto(demo.chat);
    const banner = chat.pane('alice').getByRole('region', { name: 'Pictures will be checked on this device' });
    await expect(banner).toBeVisible();
    await expect(chat.order('announced')).toContainText('from a threshold of 1');
    await expect(chat.order('in force')).toContainText('from a threshold of 2');
    await banner.getByRole('button', { name: 'I have seen this' }).click();
    await expect(banner).toHaveCount(0);
    await expect(chat.order('in force')).toContainText('from a threshold of 1');
  },
);
