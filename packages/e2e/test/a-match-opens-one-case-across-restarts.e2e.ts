/** The demo of `npm start` with the real receiver: a match opens a case, a restart keeps all data, busy ports are skipped. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDemo } from '@lodestone/demo/demo';
import { freePort, serve } from '@lodestone/tools/web-server';
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import { ChatPage } from './fixture/chat-page.ts';
import { expect, test } from './fixture/test.ts';

test(
  'a match opens one case, and after a restart on other ports the next match joins it',
  { tag: ALL_TAG },
  async ({ chat, browser }) => {
    test.setTimeout(120_000);
    const directory = await mkdtemp(path.join(tmpdir(), 'lodestone-demo-'));
    const first = await freePort(0);
    const busy = await serve({ port: first, handlers: [] });
    const start = (receiver: number) =>
      startDemo({ directory, ports: { chat: first, repositories: 0, receiver }, say: () => undefined });
    try {
      const demo = await start(0);
      expect(new URL(demo.chat).port).not.toBe(String(first));
      const photograph = (file: string): string => path.join(demo.samples.folder, file);
      await chat.open(demo.chat);
      expect(await chat.attach(photograph('mountains.jpg'))).toMatchObject({ outcome: 'clear' });
      expect(await chat.attach(photograph('harbour.jpg'))).toMatchObject({ outcome: 'match', action: 'block' });
      await expect.poll(async () => (await demo.receiver.cases()).length, { timeout: 30_000 }).toBe(1);
      const [before] = await demo.receiver.cases();
      expect(before?.order).toEqual({ source: 'demo-court', orderId: 'demo' });
      expect(before?.entries).toMatchObject([{ kind: 'match', signals: 1 }]);
      await chat.page.close();
      await demo.close();

      const again = await start(await freePort(0));
      expect(again.endpoint).not.toBe(demo.endpoint);
      const context = await browser.newContext();
      const other = new ChatPage(await context.newPage());
      await other.open(again.chat);
      expect(await other.attach(photograph('biplane.jpg'))).toMatchObject({ outcome: 'match', action: 'block' });
      await expect
        .poll(async () => (await again.receiver.cases()).flatMap(({ entries }) => entries).length, { timeout: 30_000 })
        .toBe(2);
      const cases = await again.receiver.cases();
      expect(new Set(cases.map(({ pseudonym }) => pseudonym))).toEqual(new Set([before?.pseudonym]));
      await context.close();
      await again.close();
    } finally {
      await busy.close();
      await rm(directory, { recursive: true, force: true });
    }
  },
);
