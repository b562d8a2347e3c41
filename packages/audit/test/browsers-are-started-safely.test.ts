import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright';
import { afterEach, expect, test, vi } from 'vitest';
import { launchOptions, openWebKit, type PlaywrightBrowser } from '../src/browsers/index.ts';

const CHROMIUM: PlaywrightBrowser = {
  driver: 'playwright',
  engine: 'chromium',
  origin: 'system',
  path: '/usr/bin/chromium',
};
const START_FAILS = { name: 'LodestoneError', code: 'ERR_BROWSER_START' };

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

test.each([
  [0, false],
  [1000, true],
])("for uid %i Chromium's sandbox is on: %s", (uid, sandbox) => {
  vi.spyOn(process, 'getuid').mockReturnValue(uid);
  const options = launchOptions(CHROMIUM);
  expect(options.chromiumSandbox).toBe(sandbox);
  expect(options.args).not.toContain('--no-sandbox');
});

test('Chromium starts without background traffic', () => {
  expect(launchOptions(CHROMIUM).args).toEqual(
    expect.arrayContaining(['--disable-background-networking', '--disable-component-update', '--disable-sync']),
  );
});

test.skipIf(process.platform === 'win32')('every feature that Playwright disables stays disabled', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lodestone-browsers-'));
  const program = path.join(folder, 'chromium');
  const record = path.join(folder, 'arguments');
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" > '${record}'\n`, { mode: 0o755 });
  await expect(chromium.launch({ ...launchOptions(CHROMIUM), executablePath: program })).rejects.toThrow();
  const started = readFileSync(record, 'utf8').split('\n');
  rmSync(folder, { recursive: true });
  // Chromium obeys the last of these switches only.
  const [playwrights = [], ours = []] = started.flatMap((argument) => {
    const [name, value = ''] = argument.split('=');
    return name === '--disable-features' ? [value.split(',')] : [];
  });
  expect(playwrights.length).toBeGreaterThan(10);
  expect(ours).toEqual(expect.arrayContaining(playwrights));
});

test("the system's Firefox is driven by WebDriver BiDi, Playwright's by its own protocol", () => {
  const firefox = { ...CHROMIUM, engine: 'firefox', path: '/usr/bin/firefox' } as const;
  expect(launchOptions(firefox)).toEqual({ channel: 'moz-firefox', executablePath: '/usr/bin/firefox' });
  expect(launchOptions({ ...firefox, origin: 'playwright' })).toEqual({});
});

test('WebKitGTK without a display is refused immediately instead of hanging', async () => {
  vi.stubEnv('DISPLAY', undefined);
  vi.stubEnv('WAYLAND_DISPLAY', undefined);
  const opening = openWebKit({ driver: 'webdriver', engine: 'webkit', path: '/bin/true', xvfbPath: undefined });
  await expect(opening).rejects.toMatchObject(START_FAILS);
});

test.skipIf(process.platform === 'win32')(
  'a driver or display that exits immediately is an error with a code',
  async () => {
    vi.stubEnv('DISPLAY', ':99');
    const noDriver = { driver: 'webdriver', engine: 'webkit', path: '/bin/false', xvfbPath: undefined } as const;
    await expect(openWebKit(noDriver)).rejects.toMatchObject(START_FAILS);
    await expect(openWebKit({ ...noDriver, xvfbPath: '/bin/false' })).rejects.toMatchObject(START_FAILS);
    await expect(openWebKit({ ...noDriver, path: '/nowhere/driver' })).rejects.toMatchObject(START_FAILS);
  },
);
