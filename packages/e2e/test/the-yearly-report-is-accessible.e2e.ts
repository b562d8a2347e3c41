/** The page of the yearly report, as a file in a browser: no axe violation, no horizontal scroll, nothing loaded, no script, and its own style. */
import { expect, test } from '@playwright/test';
import { printReportPage } from '@lodestone/receiver';
import { violations } from './fixture/accessibility.ts';
import { REPORT } from './fixture/example-report.ts';
import { keepScreenshot } from './fixture/screenshot.ts';

test('the yearly report has no axe violation on a desktop, a phone and paper, in light and dark, and loads nothing', async ({
  page,
}) => {
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => void requests.push(request.url()));
  page.on('console', (message) => void complaints.push(message.text()));
  await page.setContent(await printReportPage(REPORT));
  for (const [name, width, colorScheme, media, rules] of [
    ['desktop', 1280, 'light', 'screen', undefined],
    ['phone', 390, 'dark', 'screen', ['color-contrast']],
    ['paper', 794, 'dark', 'print', ['color-contrast']],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, media });
    expect(await violations(page, rules), name).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(width);
    await keepScreenshot(page, `report-${name}`);
  }
  // On paper the text is dark, whatever the screen has: the style is in force, so its digest is right.
  expect(await page.evaluate(() => getComputedStyle(document.body).color)).toBe('rgb(28, 36, 34)');
  expect(complaints).toEqual([]);
  expect(requests.filter((url) => !url.startsWith('about:'))).toEqual([]);
});
