/** The scanner's memory after many items is the same as after the first, and a sandbox with a crashed process is replaced. Spec: docs/design/sandbox.md#scanner */
import { expect, type Page, test } from '@playwright/test';
import { impostorOf } from '@lodestone/sandbox/testing';
import { ALL_TAG, EXTENT } from '@lodestone/tools/run/test-plan';
import { answerOf } from './fixture/engine-pages.ts';
import { builtSandbox, type HostPages, servePages } from './fixture/host-page.ts';
import { inspectScanner } from './fixture/inspect-sandbox.ts';
import { firstSandboxesAre } from './fixture/other-sandboxes.ts';

let pages: HostPages;
test.describe.configure({ mode: 'default' });
test.beforeAll(async () => {
  pages = await servePages();
});
test.afterAll(() => pages.close());

async function open(page: Page): Promise<void> {
  await page.goto(pages.add({}));
  expect(await answerOf(() => page.title())).toMatchObject({ outcome: 'match' });
}

const ITEMS = EXTENT === 'long' ? 30 : 10;
const SIDE = 1_200;
/** A picture of noise does not compress. */
const LEAST_BYTES = 3_000_000;
/** Far less than one item; engines keep some compiled code and object shapes. */
const MOST_KEPT = 400_000;

/** Many items of a few megabytes each, one at a time. */
function checkNoise(page: Page, count: number): Promise<{ bytes: number; outcomes: string[] }> {
  return page.evaluate(
    async ([side, items]) => {
      const canvas = new OffscreenCanvas(side, side);
      const context = canvas.getContext('2d');
      if (!context) throw new Error('no canvas');
      const noise = new ImageData(side, side);
      for (let at = 0; at < noise.data.length; at += 65_536)
        crypto.getRandomValues(noise.data.subarray(at, at + 65_536));
      for (let at = 3; at < noise.data.length; at += 4) noise.data[at] = 255;
      context.putImageData(noise, 0, 0);
      const png = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
      return { bytes: png.length, outcomes: await self.checkMore(png, items) };
    },
    [SIDE, count] as const,
  );
}

test(
  `${ITEMS} items leave less than ${MOST_KEPT} bytes in the scanner`,
  { tag: ALL_TAG },
  async ({ page, browser }) => {
    test.setTimeout(120_000);
    await open(page);
    const scanner = await inspectScanner(browser);
    await checkNoise(page, 3);
    const before = await scanner.heldBytes();
    const { bytes, outcomes } = await checkNoise(page, ITEMS);
    const after = await scanner.heldBytes();
    expect(outcomes).toEqual(Array.from({ length: ITEMS }, () => 'clear'));
    expect(bytes).toBeGreaterThan(LEAST_BYTES);
    expect(after - before).toBeLessThan(MOST_KEPT);
  },
);

test('the measurement detects a sandbox that keeps its items', { tag: ALL_TAG }, async ({ page, browser }) => {
  const keeps = `
    const kept = [];
    const { set } = Uint8Array.prototype;
    Uint8Array.prototype.set = function (...given) { kept.push(this); return set.apply(this, given); };`;
  await firstSandboxesAre(page, 1, await impostorOf(builtSandbox, keeps));
  await open(page);
  const scanner = await inspectScanner(browser);
  const before = await scanner.heldBytes();
  const { bytes } = await checkNoise(page, 3);
  expect((await scanner.heldBytes()) - before).toBeGreaterThan(3 * bytes);
});

test(
  'a sandbox whose process crashed is replaced, and the current item is still checked',
  { tag: ALL_TAG },
  async ({ page }) => {
    await open(page);
    const [, frame] = page.frames();
    if (!frame) throw new Error('no sandbox');
    const session = await page.context().newCDPSession(frame);
    void session.send('Page.crash').catch(() => undefined); // a crashed page does not answer
    await expect.poll(() => page.workers().length).toBe(0);
    expect((await checkNoise(page, 1)).outcomes).toEqual(['clear']);
    expect(page.workers()).toHaveLength(1);
  },
);
