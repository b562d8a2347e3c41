/**
 * One window of WebKitGTK, driven through its WebDriver over HTTP. Promise: every step has a time limit, since WebKitWebDriver
 * hangs without a display and sends no reply to some errors; after `close`, or when this process exits, none of its processes
 * is left. Spec: https://www.w3.org/TR/webdriver2/
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LodestoneError } from '@lodestone/protocol/error';
import type { WebDriverBrowser } from './engine.ts';

export interface WebKitWindow {
  readonly version: string;
  /** Resolves when the page has loaded. */
  open(url: string): Promise<void>;
  /** Runs a function body in the page and returns its result as JSON. */
  run(body: string, ...args: unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

/** For each program; on a busy machine a browser starts slowly. */
const START_TIMEOUT_MS = 30_000;
/** Also limits the start of the session, which starts the browser. */
const COMMAND_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 5_000;

export async function openWebKit(browser: WebDriverBrowser): Promise<WebKitWindow> {
  const processes: ChildProcess[] = [];
  const endAll = () => processes.forEach((one) => one.kill());
  process.once('exit', endAll);
  try {
    const display = await chooseDisplay(browser, processes);
    const driver = await startDriver(browser.path, display, processes);
    const broken = processes.map((child) => failure(child, path.basename(child.spawnfile)));
    const session = await Promise.race([startSession(driver), ...broken]);
    const address = `${driver}/session/${session.id}`;
    return {
      version: session.version,
      open: async (url) => void (await command('POST', `${address}/url`, { url }, COMMAND_TIMEOUT_MS)),
      run: (body, ...args) => command('POST', `${address}/execute/sync`, { script: body, args }, COMMAND_TIMEOUT_MS),
      close: async () => {
        // The processes end in any case; this request lets WebKit remove its temporary files.
        await command('DELETE', address, undefined, CLOSE_TIMEOUT_MS).catch(() => {});
        process.off('exit', endAll);
        await endInTurn(processes);
      },
    };
  } catch (cause) {
    process.off('exit', endAll);
    await endInTurn(processes);
    throw cause;
  }
}

/** Ends the driver first, then its display. */
async function endInTurn(processes: readonly ChildProcess[]): Promise<void> {
  for (const child of processes.toReversed()) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue;
    const gone = once(child, 'exit');
    child.kill();
    await gone;
  }
}

async function chooseDisplay(browser: WebDriverBrowser, processes: ChildProcess[]): Promise<NodeJS.ProcessEnv> {
  // Set explicitly, since GTK prefers a Wayland display and would open a visible window.
  if (browser.xvfbPath !== undefined) {
    return { DISPLAY: await startXvfb(browser.xvfbPath, processes), GDK_BACKEND: 'x11' };
  }
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  if (DISPLAY !== undefined || WAYLAND_DISPLAY !== undefined) return {};
  throw new LodestoneError(
    'ERR_BROWSER_START',
    'WebKitGTK needs a display: install Xvfb (package xvfb), or set DISPLAY',
  );
}

/**
 * Xvfb chooses a free display and prints its number. It must not reset after its last client (-noreset): WebKit opens and closes
 * a first connection, and a reset at that moment removes its display.
 */
async function startXvfb(file: string, processes: ChildProcess[]): Promise<string> {
  const args = ['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp', '-noreset'];
  const xvfb = start(file, args, {}, processes);
  const [chunk] = await withTimeLimit(
    Promise.race([once(xvfb.stdout!, 'data'), failure(xvfb, 'Xvfb')]),
    'Xvfb printed no display number',
  );
  return `:${String(chunk).trim()}`;
}

async function startDriver(file: string, display: NodeJS.ProcessEnv, processes: ChildProcess[]): Promise<string> {
  const port = await freePort();
  const driver = start(file, ['--host=127.0.0.1', `--port=${port}`], display, processes);
  const address = `http://127.0.0.1:${port}`;
  await withTimeLimit(
    Promise.race([untilResponding(address), failure(driver, 'WebKitWebDriver')]),
    'WebKitWebDriver did not respond',
  );
  return address;
}

async function untilResponding(address: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const ready = await command('GET', `${address}/status`, undefined, 1_000).then(
      () => true,
      () => false,
    );
    if (ready) return;
    await sleep(50);
  }
}

async function startSession(driver: string): Promise<{ id: string; version: string }> {
  const body = { capabilities: { alwaysMatch: { pageLoadStrategy: 'normal' } } };
  const value = await command('POST', `${driver}/session`, body, COMMAND_TIMEOUT_MS);
  if (!isSession(value)) throw new LodestoneError('ERR_BROWSER_START', 'WebKitWebDriver returned no session');
  return { id: value.sessionId, version: value.capabilities.browserVersion };
}

function isSession(value: unknown): value is { sessionId: string; capabilities: { browserVersion: string } } {
  if (typeof value !== 'object' || value === null || !('sessionId' in value) || !('capabilities' in value))
    return false;
  const { sessionId, capabilities } = value;
  if (typeof sessionId !== 'string' || typeof capabilities !== 'object' || capabilities === null) return false;
  return 'browserVersion' in capabilities && typeof capabilities.browserVersion === 'string';
}

async function command(method: string, url: string, body: object | undefined, timeoutMs: number): Promise<unknown> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(timeoutMs),
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  }).catch((cause: unknown) => {
    throw new LodestoneError(
      'ERR_BROWSER_START',
      `WebKitWebDriver did not respond to ${method} ${new URL(url).pathname}`,
      { cause },
    );
  });
  const answer: unknown = await response.json();
  const value = typeof answer === 'object' && answer !== null && 'value' in answer ? answer.value : undefined;
  if (!response.ok) {
    throw new LodestoneError('ERR_BROWSER_START', `WebKitWebDriver refused ${method}: ${JSON.stringify(value)}`);
  }
  return value;
}

/** In this process group, so that a terminal or time limit that ends the group ends the browser too. */
function start(file: string, args: string[], env: NodeJS.ProcessEnv, processes: ChildProcess[]): ChildProcess {
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'ignore'] });
  // Read to its end, since a full pipe blocks the program.
  child.stdout.resume();
  processes.push(child);
  return child;
}

/** Rejects when the program does not start or exits. */
async function failure(child: ChildProcess, name: string): Promise<never> {
  const ended = await once(child, 'exit').then(
    ([code, signal]) => `exit ${code ?? signal}`,
    (error: unknown) => String(error),
  );
  throw new LodestoneError('ERR_BROWSER_START', `${name} did not start or exited: ${ended}`);
}

async function withTimeLimit<T>(work: Promise<T>, message: string): Promise<T> {
  const timer = new AbortController();
  const late = sleep(START_TIMEOUT_MS, undefined, { signal: timer.signal }).then(() => {
    throw new LodestoneError('ERR_BROWSER_START', `${message} within ${START_TIMEOUT_MS} ms`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
