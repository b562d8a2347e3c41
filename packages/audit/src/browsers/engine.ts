/**
 * The three engines that Lodestone is held to, and what is known of one that was found.
 * Flow: installed → find → (install → find) → here is the browser, ready to be started.
 */
import type { LaunchOptions } from 'playwright';

export type Engine = 'chromium' | 'firefox' | 'webkit';
export const ENGINES: readonly Engine[] = ['chromium', 'firefox', 'webkit'];

/** A browser that Playwright starts: its own build, or one of the system. */
export interface PlaywrightBrowser {
  readonly driver: 'playwright';
  readonly engine: Engine;
  readonly origin: 'playwright' | 'system';
  readonly path: string;
}

/** WebKitGTK as the system has it: started by its WebDriver, on a virtual display where Xvfb is there. */
export interface WebDriverBrowser {
  readonly driver: 'webdriver';
  readonly engine: 'webkit';
  readonly path: string;
  readonly xvfbPath: string | undefined;
}

export type Browser = PlaywrightBrowser | WebDriverBrowser;

/** A browser that did start on this machine, with the version that it gave. */
export type FoundBrowser<B extends Browser = Browser> = B & { readonly version: string };

/** Chromium's own traffic, so that what leaves is the page's alone, and a closed network causes no waiting. */
const QUIET_CHROMIUM = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

/** What to give to Playwright's `launch`: `chromium.launch(launchOptions(found))`. */
export function launchOptions(browser: PlaywrightBrowser): LaunchOptions {
  const own = browser.origin === 'playwright';
  switch (browser.engine) {
    case 'chromium':
      return {
        args: QUIET_CHROMIUM,
        // Chromium refuses its sandbox to uid 0; for everybody else it stays on.
        chromiumSandbox: process.getuid?.() !== 0,
        // The whole browser in its new headless mode, as a system's Chromium has it, and not the headless shell.
        ...(own ? { channel: 'chromium' } : { executablePath: browser.path }),
      };
    case 'firefox':
      // A Firefox without Playwright's patches speaks WebDriver BiDi, which Playwright has under this channel.
      return own ? {} : { channel: 'moz-firefox', executablePath: browser.path };
    case 'webkit':
      return own ? {} : { executablePath: browser.path };
  }
}
