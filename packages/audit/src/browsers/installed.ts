/**
 * Paths of browsers on this machine: Playwright's build first, then the system's. Promise: checks paths only, and starts
 * nothing. Flow: here → find.ts. Spec: docs/design/audit.md#probe
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium, firefox, webkit } from 'playwright';
import type { Browser, Engine } from './engine.ts';

const PLAYWRIGHT_TYPES = { chromium, firefox, webkit };

/** Program names on PATH, in order of preference. */
const COMMANDS: Record<Engine, readonly string[]> = {
  chromium: ['chromium', 'google-chrome-stable', 'google-chrome', 'chromium-browser', 'microsoft-edge-stable'],
  firefox: ['firefox-esr', 'firefox'],
  webkit: ['WebKitWebDriver'],
};

/** Paths on systems that do not put browsers on PATH. */
const PROGRAMS: Partial<Record<NodeJS.Platform, Record<Engine, readonly string[]>>> = {
  darwin: {
    chromium: ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
      (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
    ),
    firefox: ['/Applications/Firefox.app/Contents/MacOS/firefox'],
    webkit: [],
  },
  win32: {
    chromium: inProgramFiles(
      String.raw`Google\Chrome\Application\chrome.exe`,
      String.raw`Microsoft\Edge\Application\msedge.exe`,
    ),
    firefox: inProgramFiles(String.raw`Mozilla Firefox\firefox.exe`),
    webkit: [],
  },
};

export function installedBrowsers(engine: Engine): Browser[] {
  const system = [...COMMANDS[engine].flatMap((name) => onPath(name)), ...(PROGRAMS[process.platform]?.[engine] ?? [])];
  return [
    ...present([PLAYWRIGHT_TYPES[engine].executablePath()]).map((found) =>
      playwrightBrowser(engine, 'playwright', found),
    ),
    ...present(system).map((found) =>
      engine === 'webkit' ? webDriverBrowser(found) : playwrightBrowser(engine, 'system', found),
    ),
  ];
}

function playwrightBrowser(engine: Engine, origin: 'playwright' | 'system', found: string): Browser {
  return { driver: 'playwright', engine, origin, path: found };
}

function webDriverBrowser(found: string): Browser {
  return { driver: 'webdriver', engine: 'webkit', path: found, xvfbPath: onPath('Xvfb')[0] };
}

function onPath(command: string): string[] {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return present(folders.map((folder) => path.join(folder, command))).slice(0, 1);
}

function present(paths: readonly string[]): string[] {
  return paths.filter((candidate) => existsSync(candidate));
}

function inProgramFiles(...programs: string[]): string[] {
  const roots = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => process.env[name] ?? []);
  return roots.flatMap((root) => programs.map((program) => path.join(root, program)));
}
