/** Browsers for tests, demos and audits: which engines there are, finding one, installing one, starting it. */
export { ENGINES, launchOptions } from './engine.ts';
export type { Browser, Engine, FoundBrowser, PlaywrightBrowser, WebDriverBrowser } from './engine.ts';
export { ensureBrowser, type EnsureOptions } from './require.ts';
export { findBrowser, type Search } from './find.ts';
export { openWebKit, type WebKitWindow } from './webkit-gtk.ts';
