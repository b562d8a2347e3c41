/** The documentation site, on a phone and a desktop, in light and dark: no axe violation, no horizontal scroll; its search finds pages. */
import { expect, test } from '@playwright/test';
import { buildSite, siteHandlers } from '@lodestone/tools/docs/build-site';
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import { serve, type WebServer } from '@lodestone/tools/web-server';
import { violations } from './fixture/accessibility.ts';
import { keepScreenshot } from './fixture/screenshot.ts';

/** One page of each form: front page, prose and code, wide tables, generated reference. */
const PAGES = ['', 'start', 'provide/orders', 'reference/api/@lodestone/seal'];
const WIDTHS = [
  { name: 'desktop', viewport: { width: 1280, height: 800 } },
  { name: 'phone', viewport: { width: 390, height: 844 } },
];

let site: WebServer;
test.describe.configure({ mode: 'default' });
test.beforeAll(async () => {
  test.setTimeout(300_000);
  const { folder } = await buildSite();
  site = await serve({ port: 0, handlers: siteHandlers(folder) });
});
test.afterAll(() => site.close());

for (const { name, viewport } of WIDTHS) {
  test(
    `on a ${name} no page has an axe violation or scrolls sideways, in light and dark`,
    { tag: ALL_TAG },
    async ({ page }) => {
      test.setTimeout(120_000);
      await page.setViewportSize(viewport);
      for (const address of PAGES) {
        await page.goto(`${site.origin}/${address}`);
        // The dark scheme changes colours and nothing else.
        for (const [colorScheme, rules] of [
          ['light', undefined],
          ['dark', ['color-contrast']],
        ] as const) {
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
          const screen = `/${address}, ${colorScheme}`;
          expect.soft(await violations(page, rules), screen).toEqual([]);
          const width = await page.evaluate(() => document.documentElement.scrollWidth);
          expect.soft(width, screen).toBeLessThanOrEqual(viewport.width);
          await keepScreenshot(page, `${address.replaceAll('/', '-') || 'front'}-${name}-${colorScheme}`);
        }
      }
    },
  );
}

test('the JSON Schemas of an order and of receiver.json are served', { tag: ALL_TAG }, async ({ request }) => {
  for (const name of ['order', 'receiver']) {
    const schema: unknown = await (await request.get(`${site.origin}/schema/${name}.json`)).json();
    expect(schema).toMatchObject({ type: 'object', properties: { schema: { const: `lodestone/${name}/v1` } } });
  }
});

test('the search finds a section by keyboard, and opens its page', { tag: ALL_TAG }, async ({ page }) => {
  await page.goto(site.origin);
  // The page has the button before its script runs.
  await expect(async () => {
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(page.getByRole('searchbox')).toBeFocused({ timeout: 1_000 });
  }).toPass();
  await page.keyboard.type('key rotation');
  await expect(page.getByRole('option').first()).toContainText('Operations');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/provide\/operations/);
});
