/** `@lodestone/audit/browsers`: finds, requires and starts browsers for tests, demos and audits. Installs nothing. */
export { ENGINES, launchOptions } from './engine.ts';
export type { Browser, Engine, FoundBrowser, PlaywrightBrowser, WebDriverBrowser } from './engine.ts';
export { findBrowser, type Search } from './find.ts';
export { packageManagerSteps, PLAYWRIGHT, SYSTEM_PROGRAMS, type SystemProgram } from './install-commands.ts';
export { missingBrowser, requireBrowser, type RequireOptions } from './require.ts';
export { openWebKit, type WebKitWindow } from './webkit-gtk.ts';
