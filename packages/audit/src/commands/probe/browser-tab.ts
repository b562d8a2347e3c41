/** One tab of any of the three engines: it opens pages and tells what they have heard. Flow: browsers/ → here → run.ts. */
import { type Browser, chromium, firefox, type Page, webkit } from 'playwright';
import { requireBrowser, type Engine, launchOptions, openWebKit } from '../../browsers/index.ts';
import type { Heard } from './host-page.ts';
import type { NameServer } from './name-server.ts';

export interface BrowserTab {
  /** "Chromium 156.0.8078.79" */
  name: string;
  open(url: string): Promise<void>;
  /** `undefined` where the page does not answer. */
  heard(): Promise<Heard | 'elsewhere' | undefined>;
  close(): Promise<void>;
}

const NAMES: Record<Engine, string> = { chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKit' };
const TYPES = { chromium, firefox, webkit };
const BACKGROUND = '--disable-background-networking';
/** As text, since WebDriver makes `null` of what is not there. */
const READ = 'JSON.stringify(window.lodestoneProbe ?? null)';

export interface BrowserTabOptions {
  say: (line: string) => void;
  memoryFile?: string | undefined;
  nameServer?: NameServer | undefined;
}

export async function openBrowserTab(
  engine: Engine,
  { memoryFile, nameServer }: BrowserTabOptions,
): Promise<BrowserTab> {
  const found = await requireBrowser(engine, { ...(memoryFile !== undefined && { memoryFile }) });
  if (found.driver === 'webdriver') {
    const window = await openWebKit({
      ...found,
      ...(nameServer && { path: await nameServer.launcherFor(found.path) }),
    });
    return {
      name: `${NAMES[engine]}GTK ${window.version}`,
      open: (url) => window.open(url).catch(() => undefined),
      heard: async () => parsed(await window.run(`return ${READ}`).catch(() => null)),
      close: () => window.close(),
    };
  }
  const launch = launchOptions(found);
  const program = launch.executablePath ?? found.path;
  const browser = await TYPES[engine].launch({
    ...launch,
    // Hints of pages are to be carried out, as in a browser that people use.
    args: (launch.args ?? []).filter((argument) => argument !== BACKGROUND),
    ignoreDefaultArgs: engine === 'chromium' ? [BACKGROUND] : [],
    ...(nameServer && { executablePath: await nameServer.launcherFor(program) }),
  });
  return { name: `${NAMES[engine]} ${browser.version()}`, ...pages(browser), close: () => browser.close() };
}

/** A fresh context for each page, so that nothing of one is left for the next. */
function pages(browser: Browser): Pick<BrowserTab, 'open' | 'heard'> {
  let page: Page | undefined;
  return {
    async open(url) {
      await page?.context().close();
      page = await (await browser.newContext()).newPage();
      // Without a seal a page may be taken away while it loads.
      await page.goto(url, { waitUntil: 'commit' }).catch(() => undefined);
    },
    heard: async () => parsed(await page?.evaluate(READ).catch(() => null)),
  };
}

function parsed(text: unknown): Heard | 'elsewhere' | undefined {
  return typeof text === 'string' ? ((JSON.parse(text) as Heard | null) ?? 'elsewhere') : undefined;
}
