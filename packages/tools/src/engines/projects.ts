/**
 * Vitest's projects: two for Node, and one for each engine of this run. The name of a test file says where it runs:
 * `*.test.ts` in Node, `*.any.test.ts` in Node and, with `--all` and `--long`, in engines; `*.browser.test.ts` in engines.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { playwright } from '@vitest/browser-playwright';
import { defaultClientConditions, defaultServerConditions } from 'vite';
import type { TestProjectInlineConfiguration } from 'vitest/config';
import type { BrowserCommand, BrowserProviderOption } from 'vitest/node';
import { launchOptions, type Engine, type FoundBrowser } from '@lodestone/audit/browsers';
import { ALL_TAG, EXTENT, type Extent, LEFT_OUT, LONG_TAG, ONE_ENGINE_TAG } from '../run/test-plan.ts';
import { bundle } from '../bundle.ts';
import { chosenEngines } from './chosen.ts';
import { ensureProgram } from './install.ts';
import { nodeTests } from './own-process.ts';
import { webKitGtk } from './webkit-gtk-provider.ts';

declare module 'vitest/browser' {
  interface BrowserCommands {
    press(key: string): Promise<void>;
    bundle(text: string, folder: string): Promise<string>;
  }
}
declare module 'vitest' {
  interface ProvidedContext {
    /** The engine that the project names; a control test compares it with the engine that runs. */
    engine: Engine;
    /** A test that does more of the same in a larger extent does it instead of the smaller part. */
    extent: Extent;
  }
}

const ROOT = path.join(import.meta.dirname, '../../../..');
/**
 * Long, because engines and Node share few cores: a test that hangs fails, and a slow one passes. In a new clone the first test with an
 * embedded database waits half a minute until PGlite has made the one that all copy.
 */
const TIMEOUTS = { testTimeout: 90_000, hookTimeout: 120_000 };
/** `test(…, { tags: '@all' }, …)` runs from the extent `all` on, and may take minutes. */
const TAGS = [ALL_TAG, LONG_TAG].map((name) => ({ ...tag(name, LEFT_OUT[EXTENT].includes(name)), timeout: 1_800_000 }));

/** Of a test with several tags, one that skips it decides. */
function tag(name: string, skip: boolean): { name: string; skip?: true } {
  return skip ? { name, skip } : { name };
}

/** For Node, and for the pages of all engines together: two even on one core, because tests mostly wait. */
const WORKERS = { maxWorkers: 2 };

const FOLDERS = '{packages,examples,models}/*/test';

export async function projects(): Promise<TestProjectInlineConfiguration[]> {
  const engines = await chosenEngines((line) => console.error(line));
  // Without it, the tests that need it are skipped and say so.
  if (EXTENT !== 'usual') await ensureProgram('ffmpeg').catch(() => undefined);
  const cacheDir = cacheOfThisRun();
  return [...inNode(), ...engines.map((found) => inBrowser(found, cacheDir))];
}

/**
 * Vite caches bundled dependencies. A cache without a new dependency makes it reload pages in the middle of tests, and
 * concurrent runs would share the cache, so each run has its own and removes it.
 */
function cacheOfThisRun(): string {
  const folder = path.join(ROOT, 'node_modules/.vite', `run-${process.pid}`);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Node tests are in two projects: see `own-process.ts`. */
function inNode(): TestProjectInlineConfiguration[] {
  const exclude = ['**/node_modules/**', '**/*.browser.test.ts'];
  const { sharing, alone } = nodeTests(ROOT, `${FOLDERS}/**/*.test.ts`, exclude);
  const project = (test: TestProjectInlineConfiguration['test']): TestProjectInlineConfiguration => ({
    ...fromSource(),
    test: {
      ...TIMEOUTS,
      ...WORKERS,
      tags: TAGS,
      environment: 'node',
      provide: { extent: EXTENT },
      // Workers and programs that a test starts run from source too.
      execArgv: ['--conditions=source'],
      ...test,
    },
  });
  const setupFiles = path.join(import.meta.dirname, 'shared-process.setup.ts');
  return [
    project({ name: 'node', include: sharing, isolate: false, setupFiles }),
    project({ name: 'node-alone', include: alone, isolate: true }),
  ];
}

/** With `--all`, other engines than Chromium leave out tests whose subject is the same in every engine. */
const isPartOfAll = ({ engine }: FoundBrowser): boolean => EXTENT === 'all' && engine !== 'chromium';

/** Code without a page runs in Node; with `--all` in Chromium too, and in each engine with `--long`, or if a run names the engine. */
const hasCodeWithoutPage = ({ engine }: FoundBrowser): boolean => EXTENT !== (engine === 'chromium' ? 'usual' : 'all');

function inBrowser(found: FoundBrowser, cacheDir: string): TestProjectInlineConfiguration {
  return {
    ...fromSource(),
    cacheDir: path.join(cacheDir, found.engine),
    test: {
      ...TIMEOUTS,
      ...WORKERS,
      tags: [...TAGS, tag(ONE_ENGINE_TAG, isPartOfAll(found))],
      name: found.engine,
      include: [`${FOLDERS}/**/*.${hasCodeWithoutPage(found) ? '{any,browser}' : 'browser'}.test.ts`],
      exclude: ['**/node_modules/**'],
      provide: { engine: found.engine, extent: EXTENT },
      globalSetup: ['listening-server', 'clip-server'].map((name) =>
        path.join(ROOT, `packages/sandbox/test/${name}.ts`),
      ),
      api: { host: '127.0.0.1' },
      browser: {
        enabled: true,
        headless: true,
        provider: provider(found),
        instances: [{ browser: found.engine, name: found.engine }],
        commands: { press, bundle: bundleInRoot },
        screenshotFailures: false,
        traceView: false,
        // Vitest runs files in parallel only if modules can be mocked; WebKitGTK supports that with an import map.
        ...(found.driver === 'webdriver' ? { importMapMocks: true } : {}),
      },
    },
  };
}

/**
 * Presses a key in the page of the tests, as a user of the foreground window does. Vitest's own `userEvent.keyboard` looks up
 * the frame of the tests by its name, which Playwright does not always know in Firefox, and leaves the page in the background
 * behind the page of another test file, where Firefox delays what a key causes.
 */
const press: BrowserCommand<[key: string]> = async ({ page }, key) => {
  await page.bringToFront();
  await page.keyboard.press(key);
};

/** For frames that a test makes: one script loads sooner than many modules. The folder is relative to the root. */
const bundleInRoot: BrowserCommand<[text: string, folder: string]> = (_context, text, folder) =>
  bundle({ text, folder: path.join(ROOT, folder) });

function provider(found: FoundBrowser): BrowserProviderOption {
  return found.driver === 'webdriver' ? webKitGtk(found) : playwright({ launchOptions: launchOptions(found) });
}

/** Loads packages from source instead of their builds: `exports` of each package has a `source` condition. */
function fromSource(): Pick<TestProjectInlineConfiguration, 'extends' | 'root' | 'resolve' | 'ssr'> {
  return {
    extends: false,
    root: ROOT,
    resolve: { conditions: ['source', ...defaultClientConditions] },
    ssr: { resolve: { conditions: ['source', ...defaultServerConditions] } },
  };
}
