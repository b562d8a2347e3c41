/**
 * Vitest's projects: Node and one for each engine of this run. A test's name says where it runs:
 * `*.test.ts` in Node, `*.any.test.ts` in Node and every engine, `*.browser.test.ts` in every engine.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { playwright } from '@vitest/browser-playwright';
import { defaultClientConditions, defaultServerConditions } from 'vite';
import type { TestProjectInlineConfiguration } from 'vitest/config';
import type { BrowserProviderOption } from 'vitest/node';
import { launchOptions, type Engine, type FoundBrowser } from '@lodestone/audit/browsers';
import { chosenEngines } from './chosen.ts';
import { webKitGtk } from './webkit-gtk-provider.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The engine that the project promises; a control test compares it with the engine that runs. */
    engine: Engine;
  }
}

const ROOT = path.join(import.meta.dirname, '../../../..');
/** Wide, since engines and Node share a few cores: what hangs is still found, and what is only late passes. */
const TIMEOUTS = { testTimeout: 30_000, hookTimeout: 60_000 };
/** On a machine of others' that is busy at times; each is counted and said. At a desk the first failure is seen. */
const RETRY = { retry: process.env['CI'] === undefined ? 0 : 1 };

/** Of Node, and of pages of all engines together: two even on one core, since their tests wait for much. */
const WORKERS = { maxWorkers: 2 };

const FOLDERS = '{packages,examples,models}/*/test';

export async function projects(): Promise<TestProjectInlineConfiguration[]> {
  const engines = await chosenEngines((line) => console.error(line));
  const cacheDir = cacheOfThisRun();
  return [node(), ...engines.map((found) => inBrowser(found, cacheDir))];
}

/**
 * Vite bundles dependencies once and keeps them. A kept bundle that lacks a new dependency makes it reload pages in
 * the middle of their tests, and two runs at a time would share it: so each run has its own, and removes it.
 */
function cacheOfThisRun(): string {
  const folder = path.join(ROOT, 'node_modules/.vite', `run-${process.pid}`);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function node(): TestProjectInlineConfiguration {
  return {
    ...fromSource(),
    test: {
      ...TIMEOUTS,
      ...RETRY,
      ...WORKERS,
      name: 'node',
      environment: 'node',
      include: [`${FOLDERS}/**/*.test.ts`],
      exclude: ['**/node_modules/**', '**/*.browser.test.ts'],
      // For what a test starts itself: workers and programs of the repository run from source too.
      execArgv: ['--conditions=source'],
    },
  };
}

function inBrowser(found: FoundBrowser, cacheDir: string): TestProjectInlineConfiguration {
  return {
    ...fromSource(),
    cacheDir: path.join(cacheDir, found.engine),
    test: {
      ...TIMEOUTS,
      ...RETRY,
      ...WORKERS,
      name: found.engine,
      include: [`${FOLDERS}/**/*.{any,browser}.test.ts`],
      exclude: ['**/node_modules/**'],
      provide: { engine: found.engine },
      globalSetup: path.join(ROOT, 'packages/sandbox/test/listening-server.ts'),
      api: { host: '127.0.0.1' },
      browser: {
        enabled: true,
        headless: true,
        provider: provider(found),
        instances: [{ browser: found.engine, name: found.engine }],
        screenshotFailures: false,
        traceView: false,
        // Vitest runs side by side only what can mock modules; our WebKit can with an import map alone.
        ...(found.driver === 'webdriver' ? { importMapMocks: true } : {}),
      },
    },
  };
}

function provider(found: FoundBrowser): BrowserProviderOption {
  return found.driver === 'webdriver' ? webKitGtk(found) : playwright({ launchOptions: launchOptions(found) });
}

/** Packages' sources instead of their builds: each package's `exports` has a `source` condition. */
function fromSource(): Pick<TestProjectInlineConfiguration, 'extends' | 'root' | 'resolve' | 'ssr'> {
  return {
    extends: false,
    root: ROOT,
    resolve: { conditions: ['source', ...defaultClientConditions] },
    ssr: { resolve: { conditions: ['source', ...defaultServerConditions] } },
  };
}
