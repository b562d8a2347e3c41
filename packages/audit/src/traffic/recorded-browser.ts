/**
 * A fresh browser behind the proxy, without background traffic, with a log of traffic that no proxy sees.
 * Promise: the profile is new and is deleted afterwards; the browser's sandbox stays on.
 * Flow: browsers/ → here → the adapter drives its page. Spec: docs/design/audit.md#capture
 */
import { glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BrowserContext, chromium, firefox, type LaunchOptions, type Page } from 'playwright';
import { requireBrowser, launchOptions } from '../browsers/index.ts';
import { type Logged, readMozLog, readNetLog } from './browser-log.ts';

export const RECORDED_ENGINES = ['chromium', 'firefox'] as const;
export type RecordedEngine = (typeof RECORDED_ENGINES)[number];

/** The browser's only way to the network. */
export interface BrowserEnvironment {
  /** The proxy's address for the browser: host:port. */
  proxy: string;
  /** SHA-256 of its authority's key. */
  spki: string;
  /** A program that starts the given one in its network namespace; absent without packet recording. */
  launcherFor?(program: string): Promise<string>;
}

export interface RecordedBrowser {
  /** "Chromium 156.0.8078.79" */
  name: string;
  context: BrowserContext;
  page: Page;
  /** Ends the browser and reads its log. */
  close(): Promise<Logged[]>;
}

/** Hosts of the browser's makers, for its background requests: blocked unless they are first-party servers. */
const MAKERS: Record<RecordedEngine, RegExp> = {
  chromium: /(?:^|\.)(?:googleapis\.com|gstatic\.com|gvt1\.com|google\.com|googleusercontent\.com)$/,
  firefox: /(?:^|\.)(?:mozilla\.(?:com|org|net)|firefox\.com|mozgcp\.net|cloudflare-dns\.com)$/,
};

export function isBrowserMaker(engine: RecordedEngine, host: string): boolean {
  return MAKERS[engine].test(host);
}

export async function openRecordedBrowser(
  engine: RecordedEngine,
  outlet: BrowserEnvironment,
  options: { memoryFile?: string | undefined; say: (line: string) => void },
): Promise<RecordedBrowser> {
  const found = await requireBrowser(engine, {
    ...(options.memoryFile !== undefined && { memoryFile: options.memoryFile }),
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'lodestone-capture-'));
  const log = path.join(folder, 'log');
  const base = {
    ...launchOptions(found),
    ...(outlet.launcherFor && { executablePath: await outlet.launcherFor(found.path) }),
  };
  const launched =
    engine === 'chromium'
      ? await chromium.launch({ ...base, ...chromiumOptions(base, outlet, log) })
      : await firefox.launch({ ...base, ...firefoxOptions(outlet, log) });
  // Chromium trusts only the proxy's key. Firefox has no such option; the proxy verifies servers' certificates.
  const context = await launched.newContext({ ignoreHTTPSErrors: engine === 'firefox' });
  return {
    name: `${engine === 'chromium' ? 'Chromium' : 'Firefox'} ${launched.version()}`,
    context,
    page: await context.newPage(),
    async close() {
      await launched.close();
      const logged =
        engine === 'chromium' ? readNetLog(await readFile(log, 'utf8')) : readMozLog(await readMozFiles(log));
      await rm(folder, { recursive: true, force: true });
      return logged;
    },
  };
}

function chromiumOptions(
  { args = [] }: LaunchOptions,
  { proxy, spki }: BrowserEnvironment,
  log: string,
): LaunchOptions {
  return {
    args: [
      ...args,
      `--ignore-certificate-errors-spki-list=${spki}`,
      `--log-net-log=${log}`,
      // Includes the sent bytes.
      '--net-log-capture-mode=Everything',
    ],
    // Includes addresses of this machine, for which browsers would bypass the proxy.
    proxy: { server: `http://${proxy}`, bypass: '<-loopback>' },
  };
}

function firefoxOptions({ proxy }: BrowserEnvironment, log: string): LaunchOptions {
  const { hostname, port } = new URL(`http://${proxy}`);
  return {
    env: { ...process.env, MOZ_LOG: 'timestamp,nsHostResolver:5', MOZ_LOG_FILE: log },
    firefoxUserPrefs: {
      'network.proxy.type': 1,
      'network.proxy.http': hostname,
      'network.proxy.http_port': Number(port),
      'network.proxy.ssl': hostname,
      'network.proxy.ssl_port': Number(port),
      'network.proxy.no_proxies_on': '',
      'network.proxy.allow_hijacking_localhost': true,
      // Disables its maker's services if a preference exists; the proxy blocks the rest.
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
      'browser.safebrowsing.malware.enabled': false,
      'browser.safebrowsing.phishing.enabled': false,
      'browser.safebrowsing.downloads.enabled': false,
      'services.settings.server': 'data:,',
      'app.normandy.enabled': false,
      'datareporting.healthreport.uploadEnabled': false,
      'toolkit.telemetry.enabled': false,
    },
  };
}

/** Firefox writes one log file for each process. */
async function readMozFiles(log: string): Promise<string> {
  const files = await Array.fromAsync(glob(`${path.basename(log)}*`, { cwd: path.dirname(log) }));
  const texts = await Promise.all(files.map((file) => readFile(path.join(path.dirname(log), file), 'utf8')));
  return texts.join('\n');
}
