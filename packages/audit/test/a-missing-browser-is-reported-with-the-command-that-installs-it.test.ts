import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { packageManagerCommand } from '../src/browsers/install-commands.ts';
import { missingBrowser, PLAYWRIGHT } from '../src/browsers/index.ts';

test('the error names each browser that did not start, and the download of this version of Playwright', () => {
  const error = missingBrowser('chromium', ['/usr/bin/chromium: No usable sandbox!']);
  expect(error).toMatchObject({ name: 'LodestoneError', code: 'ERR_BROWSER_MISSING' });
  expect(error.message).toContain('No usable sandbox!');
  expect(error.message).toContain(`npx playwright@${PLAYWRIGHT.version} install --with-deps chromium`);
});

test.skipIf(!existsSync('/usr/bin/apt-get'))('on Debian the whole command for the package manager is printed', () => {
  expect(packageManagerCommand('webkit')).toMatch(
    /^(sudo )?apt-get update && (sudo )?apt-get install --yes --no-install-recommends webkit2gtk-driver xvfb$/,
  );
  expect(missingBrowser('webkit', []).message).toContain(packageManagerCommand('webkit'));
});
