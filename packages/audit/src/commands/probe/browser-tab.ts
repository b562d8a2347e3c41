/** One tab of any of the three engines: opens pages and reads their messages. Flow: browsers/ → here → engine-run.ts. Spec: docs/design/audit.md#probe */
import { type Browser, chromium, firefox, type Page, webkit } from 'playwright';
import { requireBrowser, type Engine, launchOptions, openWebKit } from '../../browsers/index.ts';
import type { Heard } from './host-page.ts';
import type { NameServer } from './name-server.ts';

export interface BrowserTab {
  /** "Chromium 156.0.8078.79" */
  name: string;
  open(url: string): Promise<void>;
  /** `undefined` if the page does not respond. */
  heard(): Promise<Heard | 'elsewhere' | undefined>;
  close(): Promise<void>;
}

const NAMES: Record<Engine, string> = { chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKit' };
const TYPES = { chromium, firefox, webkit };
const BACKGROUND = '--disable-background-networking';
/** As text, since WebDriver turns `undefined` into `null`. */
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
    // Resource hints must work, as in an ordinary browser.
    args: (launch.args ?? []).filter((argument) => argument !== BACKGROUND),
    ignoreDefaultArgs: engine === 'chromium' ? [BACKGROUND] : [],
    ...(nameServer && { executablePath: await nameServer.launcherFor(program) }),
  });
  return { name: `${NAMES[engine]} ${browser.version()}`, ...pages(browser), close: () => browser.close() };
}

/** Each page has a fresh context, so that no state is shared. */
function pages(browser: Browser): Pick<BrowserTab, 'open' | 'heard'> {
  let page: Page | undefined;
  return {
    async open(url) {
      await page?.context().close();
      page = await (await browser.newContext()).newPage();
      // In the control an attempt may navigate the page away while it loads.
      await page.goto(url, { waitUntil: 'commit' }).catch(() => undefined);
    },
    heard: async () => parsed(await page?.evaluate(READ).catch(() => null)),
  };
}

function parsed(text: unknown): Heard | 'elsewhere' | undefined {
  return typeof text === 'string' ? ((JSON.parse(text) as Heard | null) ?? 'elsewhere') : undefined;
}
