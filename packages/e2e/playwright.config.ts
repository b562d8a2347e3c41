/** End-to-end tests: the apps of the repository in a real Chromium, with the real receiver beside them. */
import '@lodestone/tools/engines/source-condition';
import { defineConfig } from '@playwright/test';

const { launchOptions } = await import('@lodestone/audit/browsers');
const { ensureBrowser } = await import('@lodestone/tools/engines/install');
const { MEMORY_FILE } = await import('@lodestone/tools/engines/chosen');
const chromium = await ensureBrowser('chromium', { memoryFile: MEMORY_FILE, say: (line) => console.error(line) });

export default defineConfig({
  testDir: 'test',
  testMatch: '**/*.e2e.ts',
  outputDir: '../../test-results',
  // On two cores, the least that is reckoned with: the tests wait for much, and so may be late when all are busy.
  workers: 3,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  // Shown as flaky, and counted: see src/run/tally.ts.
  retries: process.env['CI'] === undefined ? 0 : 1,
  // A test alone can be asked for at a desk; left in by mistake it must not pass for the whole suite.
  forbidOnly: process.env['CI'] !== undefined,
  reporter: 'list',
  use: { browserName: 'chromium', launchOptions: launchOptions(chromium), trace: 'on-first-retry' },
});
