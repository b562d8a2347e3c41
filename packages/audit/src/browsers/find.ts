/**
 * Finds a browser that starts on this machine. Flow: installed.ts (paths) → here: each is started once → the first that works.
 * Promise: installs nothing. With `memoryFile` a browser that has started before is not started again.
 * Spec: docs/design/audit.md#probe
 */
import { statSync } from 'node:fs';
import { chromium, firefox, webkit } from 'playwright';
import { launchOptions, type Browser, type Engine, type FoundBrowser } from './engine.ts';
import { installedBrowsers } from './installed.ts';
import { recallVersion, rememberVersion } from './memory.ts';
import { openWebKit } from './webkit-gtk.ts';

const TYPES = { chromium, firefox, webkit };
const TRIAL_TIMEOUT_MS = 60_000;

export interface Search {
  readonly found?: FoundBrowser | undefined;
  /** Each installed browser that did not start: `path: reason`. */
  readonly refused: readonly string[];
}

/** @param memoryFile file that remembers which program started; without it each call starts the browser once */
export async function findBrowser(engine: Engine, memoryFile?: string): Promise<Search> {
  const refused: string[] = [];
  for (const browser of installedBrowsers(engine)) {
    try {
      return { found: { ...browser, version: await versionOf(browser, memoryFile) }, refused };
    } catch (error) {
      refused.push(`${browser.path}: ${reason(error)}`);
    }
  }
  return { found: undefined, refused };
}

async function versionOf(browser: Browser, memoryFile: string | undefined): Promise<string> {
  const key = identity(browser);
  const remembered = recallVersion(memoryFile, key);
  if (remembered !== undefined) return remembered;
  const version = await tryStart(browser);
  rememberVersion(memoryFile, key, version);
  return version;
}

function identity(browser: Browser): string {
  const files = browser.driver === 'webdriver' && browser.xvfbPath ? [browser.path, browser.xvfbPath] : [browser.path];
  return [browser.driver, ...files.map((file) => `${file}@${statSync(file).mtimeMs}`)].join(' ');
}

async function tryStart(browser: Browser): Promise<string> {
  if (browser.driver === 'webdriver') {
    const window = await openWebKit(browser);
    await window.close();
    return window.version;
  }
  const started = await TYPES[browser.engine].launch({ ...launchOptions(browser), timeout: TRIAL_TIMEOUT_MS });
  const version = started.version();
  await started.close();
  return version;
}

/** The browser's error line, or the first line of the message. */
function reason(error: unknown): string {
  const lines = String(error instanceof Error ? error.message : error).split('\n');
  const telling = lines.find((line) =>
    /no usable sandbox|error while loading|missing dependencies|cannot open/i.test(line),
  );
  return (telling ?? lines[0] ?? '').trim();
}
