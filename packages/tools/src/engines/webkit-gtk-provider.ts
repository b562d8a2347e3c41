/**
 * Vitest's browser provider for WebKitGTK, for machines without Playwright's WebKit. Flow: Vitest → here → audit's
 * `openWebKit`. Promise: one window per session, closed with the run; a window that does not open fails the run.
 */
import { openWebKit, type WebDriverBrowser, type WebKitWindow } from '@lodestone/audit/browsers';
import { defineBrowserProvider } from '@vitest/browser';
import type { BrowserProvider, BrowserProviderOption, TestProject } from 'vitest/node';

declare module 'vitest/browser' {
  interface BrowserCommands {
    __vitest_viewport(): void;
  }
}

export function webKitGtk(browser: WebDriverBrowser): BrowserProviderOption {
  return defineBrowserProvider({
    name: 'webkit-gtk',
    supportedBrowser: ['webkit'],
    providerFactory: (project) => new WebKitGtkProvider(project, browser),
  });
}

class WebKitGtkProvider implements BrowserProvider {
  readonly name = 'webkit-gtk';
  readonly supportsParallelism = true;
  readonly #browser: WebDriverBrowser;
  readonly #windows = new Map<string, WebKitWindow>();

  constructor(project: TestProject, browser: WebDriverBrowser) {
    this.#browser = browser;
    // Vitest calls this command before each file; WebDriver cannot resize the frame of the tests.
    project.browser?.registerCommand('__vitest_viewport', () => {});
  }

  getCommandsContext(): Record<string, unknown> {
    return {};
  }

  async openPage(sessionId: string, url: string): Promise<void> {
    await this.#windows.get(sessionId)?.close();
    const window = await openWebKit(this.#browser);
    this.#windows.set(sessionId, window);
    await window.open(url);
  }

  async close(): Promise<void> {
    const windows = [...this.#windows.values()];
    this.#windows.clear();
    await Promise.all(windows.map((window) => window.close()));
  }
}
