/** End-to-end tests: the apps of the repository in a real Chromium, with the real receiver. */
import '@lodestone/tools/engines/source-condition';
import { defineConfig } from '@playwright/test';

const { launchOptions } = await import('@lodestone/audit/browsers');
const { ensureBrowser } = await import('@lodestone/tools/engines/install');
const { MEMORY_FILE } = await import('@lodestone/tools/engines/chosen');
const { EXTENT } = await import('@lodestone/tools/run/test-plan');
const chromium = await ensureBrowser('chromium', { memoryFile: MEMORY_FILE, say: (line) => console.error(line) });

export default defineConfig({
  testDir: 'test',
  testMatch: '**/*.e2e.ts',
  outputDir: '../../test-results',
  // For two cores, the smallest supported machine: three keep both busy, four made tests time out; in the usual extent Vitest runs beside them.
  workers: EXTENT === 'usual' ? 2 : 3,
  // Tests of one file too: otherwise a worker is left alone with the last long file. Files that prepare much say `default`.
  fullyParallel: true,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  // A retried test is reported by name: see packages/tools/src/run/tally.ts.
  retries: process.env['CI'] === undefined ? 0 : 1,
  // A forgotten `test.only` must not pass for the whole suite.
  forbidOnly: process.env['CI'] !== undefined,
  reporter: 'list',
  use: { browserName: 'chromium', launchOptions: launchOptions(chromium), trace: 'on-first-retry' },
});
