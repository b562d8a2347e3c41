/**
 * A browser of the engine asked for, found or installed. Flow: find → each way to install → find again → a typed error.
 * Promise: says what it does before it downloads anything, and where none can be had, everything that was tried and
 * what a person can do.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { Engine, FoundBrowser, PlaywrightBrowser } from './engine.ts';
import { findBrowser, type Search } from './find.ts';
import { obtain, PLAYWRIGHT, waysToInstall, type Way } from './install-commands.ts';

export interface EnsureOptions {
  /** Where to remember what was found, so that the next run need not start it to know. */
  readonly memoryFile?: string;
  /** Gets one line before each installation. */
  readonly say?: (line: string) => void;
}

const ADVICE: Record<Engine, string> = {
  chromium: 'install Chromium or Chrome (Debian: apt-get install chromium)',
  firefox: 'install Firefox (Debian: apt-get install firefox-esr)',
  webkit: 'install WebKitGTK with its driver (Debian: apt-get install webkit2gtk-driver xvfb)',
};

/** @throws {LodestoneError} `ERR_BROWSER_MISSING` */
export function ensureBrowser(
  engine: 'chromium' | 'firefox',
  options?: EnsureOptions,
): Promise<FoundBrowser<PlaywrightBrowser>>;
export function ensureBrowser(engine: Engine, options?: EnsureOptions): Promise<FoundBrowser>;
export function ensureBrowser(engine: Engine, options: EnsureOptions = {}): Promise<FoundBrowser> {
  const search = () => findBrowser(engine, options.memoryFile);
  return obtainBrowser(engine, search, waysToInstall(engine), options.say ?? (() => {}));
}

/** What searches, installs and says is an argument. */
export async function obtainBrowser(
  engine: Engine,
  search: () => Promise<Search>,
  ways: readonly Way[],
  say: (line: string) => void,
): Promise<FoundBrowser> {
  const announce = ({ name }: Way): void => say(`No ${engine} that starts here: trying ${name}`);
  const { found, refused } = await obtain(search, ways, announce);
  if (found !== undefined) return found;
  const history = refused.map((line) => `\n  ${line}`).join('');
  // Each version of Playwright has builds of its own, so the advice names ours.
  const download = `npx playwright@${PLAYWRIGHT.version} install --with-deps ${engine}`;
  throw new LodestoneError(
    'ERR_BROWSER_MISSING',
    `no ${engine} can be had. Tried:${history}\nWhat helps: ${ADVICE[engine]}, or run: ${download}`,
  );
}
