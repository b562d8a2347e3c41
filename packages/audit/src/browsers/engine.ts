/**
 * The three supported engines, and the properties of a found browser.
 * Flow: installed.ts → find.ts → require.ts → here: launch options. Spec: docs/design/audit.md#probe
 */
import type { LaunchOptions } from 'playwright';

export const ENGINES = ['chromium', 'firefox', 'webkit'] as const;
export type Engine = (typeof ENGINES)[number];

/** A browser that Playwright starts: its own build, or the system's. */
export interface PlaywrightBrowser {
  readonly driver: 'playwright';
  readonly engine: Engine;
  readonly origin: 'playwright' | 'system';
  readonly path: string;
}

/** The system's WebKitGTK, started by its WebDriver; on a virtual display if Xvfb is installed. */
export interface WebDriverBrowser {
  readonly driver: 'webdriver';
  readonly engine: 'webkit';
  readonly path: string;
  readonly xvfbPath: string | undefined;
}

export type Browser = PlaywrightBrowser | WebDriverBrowser;

/** A browser that has started on this machine, with its version. */
export type FoundBrowser<B extends Browser = Browser> = B & { readonly version: string };

/**
 * Features that Chromium is started without: the two that load pages of the address bar, invisibly and for more than a second of
 * processor time, into each new window; and all that Playwright disables, because Chromium obeys only the last such switch.
 */
const DISABLED_FEATURES = [
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'DialMediaRouteProvider',
  'GlobalMediaControls',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'BlockOriginHeaderModificationOnRedirect',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'Translate',
  'AutoDeElevate',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'msForceBrowserSignIn',
  'msEdgeUpdateLaunchServicesPreferredVersion',
] as const;

/** Disables Chromium's background traffic, so that recorded traffic belongs to the page. */
const QUIET_CHROMIUM = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
  `--disable-features=${DISABLED_FEATURES.join(',')}`,
];

/** Options for Playwright's `launch`: `chromium.launch(launchOptions(found))`. */
export function launchOptions(browser: PlaywrightBrowser): LaunchOptions {
  const own = browser.origin === 'playwright';
  switch (browser.engine) {
    case 'chromium':
      return {
        args: QUIET_CHROMIUM,
        // Chromium refuses to sandbox uid 0; for other users the sandbox stays on.
        chromiumSandbox: process.getuid?.() !== 0,
        // The full browser in its new headless mode, like a system's Chromium, instead of the headless shell.
        ...(own ? { channel: 'chromium' } : { executablePath: browser.path }),
      };
    case 'firefox':
      // Playwright drives an unpatched Firefox by WebDriver BiDi under this channel.
      return own ? {} : { channel: 'moz-firefox', executablePath: browser.path };
    case 'webkit':
      return own ? {} : { executablePath: browser.path };
  }
}
