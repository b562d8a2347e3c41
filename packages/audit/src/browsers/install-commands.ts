/**
 * The ways to get a browser that is not there, in the order in which they are tried: Playwright's download, then the
 * system's package manager. What changes the system itself (libraries, packages) is done for root only.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { run } from '../system/spawn.ts';
import type { Engine } from './engine.ts';

export interface Way {
  /** As a person would say it: "Playwright's download". */
  readonly name: string;
  /** Resolves when the way went through; rejects with what the tool said last. */
  take(): Promise<void>;
}

/** What a search came to: the thing itself, or why nothing that was looked at will do. */
export interface Searched<T> {
  readonly found?: T | undefined;
  readonly refused: readonly string[];
}

/**
 * Looks, and takes one way after the other until there is something. What looks and what installs is an argument.
 * @returns what was found, or everything that was tried
 */
export async function obtain<T>(
  search: () => Searched<T> | Promise<Searched<T>>,
  ways: readonly Way[],
  trying: (way: Way) => void,
): Promise<Searched<T>> {
  const first = await search();
  if (first.found !== undefined) return first;
  const refused = [...first.refused];
  for (const way of ways) {
    trying(way);
    try {
      await way.take();
    } catch (error) {
      refused.push(`${way.name}: ${error instanceof Error ? error.message : String(error)}`);
      continue;
    }
    const again = await search();
    if (again.found !== undefined) return again;
    refused.push(`${way.name}: done, and still there is none`, ...again.refused);
  }
  return { refused };
}

/** Programs of the system by which packets are recorded (packets/). */
export type SystemProgram = 'ip' | 'tcpdump' | 'unshare' | 'nsenter' | 'mount';

interface PackageManager {
  readonly path: string;
  readonly steps: readonly (readonly string[])[];
  readonly packages: Record<Engine | SystemProgram, readonly string[]>;
}

const PACKAGE_MANAGERS: readonly PackageManager[] = [
  {
    path: '/usr/bin/apt-get',
    steps: [['update'], ['install', '--yes', '--no-install-recommends']],
    packages: {
      chromium: ['chromium'],
      firefox: ['firefox-esr'],
      webkit: ['webkit2gtk-driver', 'xvfb'],
      ip: ['iproute2'],
      tcpdump: ['tcpdump'],
      unshare: ['util-linux'],
      nsenter: ['util-linux'],
      mount: ['mount'],
    },
  },
  {
    path: '/usr/bin/dnf',
    steps: [['install', '--assumeyes']],
    packages: {
      chromium: ['chromium'],
      firefox: ['firefox'],
      webkit: ['webkit2gtk4.1', 'xorg-x11-server-Xvfb'],
      ip: ['iproute'],
      tcpdump: ['tcpdump'],
      unshare: ['util-linux'],
      nsenter: ['util-linux'],
      mount: ['util-linux'],
    },
  },
];

/** Playwright as this package has it. */
export const PLAYWRIGHT: { readonly cli: string; readonly version: string } = installedPlaywright();

/** A build has some 150 MB. */
const TIMEOUT_MS = 10 * 60_000;

export function waysToInstall(engine: Engine): Way[] {
  const download = { name: "Playwright's download", take: () => downloadByPlaywright(engine, isRoot()) };
  return [download, ...packageInstalls(engine)];
}

/** None but for root, on a system whose package manager is known. */
export function packageInstalls(what: Engine | SystemProgram): Way[] {
  const manager = isRoot() ? PACKAGE_MANAGERS.find((one) => existsSync(one.path)) : undefined;
  return manager === undefined ? [] : [packageInstall(manager, manager.packages[what])];
}

function isRoot(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0;
}

function installedPlaywright(): { cli: string; version: string } {
  const require = createRequire(import.meta.url);
  const { version } = require('playwright/package.json') as { version: string };
  return { cli: path.join(path.dirname(require.resolve('playwright/package.json')), 'cli.js'), version };
}

async function downloadByPlaywright(engine: Engine, root: boolean): Promise<void> {
  const playwright = (...args: string[]): Promise<unknown> =>
    run(process.execPath, [PLAYWRIGHT.cli, ...args], { timeoutMs: TIMEOUT_MS });
  await playwright('install', '--no-shell', '--no-progress', engine);
  if (root) await playwright('install-deps', engine);
}

function packageInstall({ path: manager, steps }: PackageManager, packages: readonly string[]): Way {
  return {
    name: `${path.basename(manager)} install ${packages.join(' ')}`,
    take: async () => {
      for (const step of steps)
        await run(manager, step[0] === 'install' ? [...step, ...packages] : step, { timeoutMs: TIMEOUT_MS });
    },
  };
}
