/**
 * The painted blur of `@lodestone/client/blur` in Chromium: no frame shows the bare picture, no axe violation, opaque if the
 * user's settings request it. Tests that need no painting are in packages/client/test. Spec: docs/design/client.md#blur
 */
import path from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { build } from 'esbuild';
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import { violations } from './fixture/accessibility.ts';

const BLUR = path.join(import.meta.dirname, '../../client/src/blur.ts');
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'none'; img-src data:; base-uri 'none'";
/** Stripes of pure red and blue, 8 px wide: while they are blurred, no pixel has either colour. */
const STRIPES = `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240"><rect width="320" height="240" fill="#f00"/>${Array.from(
    { length: 20 },
    (_, i) => `<rect x="${i * 16}" width="8" height="240" fill="#00f"/>`,
  ).join('')}</svg>`,
)}`;

let script = '';
test.describe.configure({ mode: 'default' });
test.beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [BLUR],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'blur',
    conditions: ['source'],
  });
  script = outputFiles[0]?.text ?? '';
});

/** A page with one picture, blurred in the task that adds it. Its only style sheets are the blur's. */
async function openBlurred(page: Page): Promise<void> {
  await page.route('http://blurs.test/', (route) =>
    route.fulfill({
      contentType: 'text/html',
      headers: { 'Content-Security-Policy': POLICY },
      body: `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Blurs</title>
        <main><h1>A picture</h1><div></div></main>
        <script>${script}
          const image = Object.assign(new Image(320, 240), { alt: 'Stripes', src: ${JSON.stringify(STRIPES)} });
          image.decode().then(() => {
            document.querySelector('div').append(image);
            blur.blurSensitive(image, { help: [{ name: 'Helplines for young people', url: 'https://help.example/' }] });
            document.title = 'Blurred';
          });
        </script>`,
    }),
  );
  await page.goto('http://blurs.test/');
  await expect(page).toHaveTitle('Blurred');
}

/** How many pixels of a screenshot are red or blue, and not a mixture of both. */
async function barePixels(page: Page, jpegOrPng: string): Promise<number> {
  return page.evaluate(async (url) => {
    const bitmap = await createImageBitmap(await (await fetch(url)).blob());
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    if (!context) throw new Error('no canvas');
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) {
      const [r = 0, g = 0, b = 0] = data.subarray(i, i + 3);
      if (g < 60 && Math.abs(r - b) > 40) count++; // through the scrim alone they differ by 97
    }
    return count;
  }, jpegOrPng);
}

test('no frame shows the bare picture before the user reveals it, nor after it is hidden again', async ({
  page,
  context,
}) => {
  const frames: string[] = [];
  const session = await context.newCDPSession(page);
  session.on('Page.screencastFrame', ({ data, sessionId }) => {
    frames.push(`data:image/jpeg;base64,${data}`);
    void session.send('Page.screencastFrameAck', { sessionId });
  });
  await session.send('Page.startScreencast', { format: 'jpeg', quality: 95, everyNthFrame: 1 });
  await openBlurred(page);
  const decoder = await context.newPage();
  const still = async (): Promise<string> => `data:image/png;base64,${(await page.screenshot()).toString('base64')}`;

  expect(await barePixels(decoder, await still())).toBe(0);
  const blurred = frames.splice(0);
  expect(blurred.length).toBeGreaterThan(0);
  for (const frame of blurred) expect(await barePixels(decoder, frame)).toBe(0);

  await page.getByRole('button', { name: 'Show it anyway' }).click();
  expect(await barePixels(decoder, await still()), 'a revealed picture is visible').toBeGreaterThan(30_000);
  await page.getByRole('button', { name: 'Hide it again' }).click();
  expect(await barePixels(decoder, await still())).toBe(0);
});

for (const [name, viewport] of [
  ['desktop', { width: 1280, height: 800 }],
  ['phone', { width: 390, height: 844 }],
] as const) {
  test(
    `${name}: no axe violation in light, dark or forced colours, blurred, with help, and shown`,
    { tag: ALL_TAG },
    async ({ page }) => {
      await page.setViewportSize(viewport);
      const isClean = async (when: string): Promise<void> => {
        for (const media of [
          { colorScheme: 'light', forcedColors: 'none' },
          { colorScheme: 'dark', forcedColors: 'none' },
          { colorScheme: 'light', forcedColors: 'active' },
        ] as const) {
          await page.emulateMedia(media);
          expect(await violations(page), `${when}, ${Object.values(media).join()}`).toEqual([]);
        }
      };
      await openBlurred(page);
      await isClean('blurred');
      await expect(page.getByRole('group', { name: 'This may be sensitive' })).toBeVisible();
      await expect(page.getByRole('img', { name: 'Stripes' }), 'no screen reader meets it').toHaveCount(0);
      await page.getByText('Find help').click();
      await expect(page.getByRole('link', { name: 'Helplines for young people' })).toBeVisible();
      await isClean('help');
      await page.getByRole('button', { name: 'Show it anyway' }).click();
      await expect(page.getByRole('img', { name: 'Stripes' })).toBeVisible();
      await isClean('shown');
    },
  );
}

test.describe('an opaque blur still blurs the picture below', () => {
  for (const media of [{ forcedColors: 'active' }, { contrast: 'more' }] as const) {
    test(Object.entries(media).join(), async ({ page }) => {
      await page.emulateMedia(media);
      await openBlurred(page);
      const ground = await page.locator("[part='blur']").evaluate((blur) => getComputedStyle(blur).backgroundColor);
      expect(ground).toMatch(/^rgb\(/);
      expect(await page.locator('img').evaluate((image) => getComputedStyle(image).filter)).toMatch(/^blur/);
    });
  }
  test('without such a setting, the blur is translucent', async ({ page }) => {
    await openBlurred(page);
    const ground = await page.locator("[part='blur']").evaluate((blur) => getComputedStyle(blur).backgroundColor);
    expect(ground).toMatch(/^rgba\(/);
  });
});
