/**
 * The ways to get a browser that is not there, in the order in which they are tried: Playwright's download, then the
 * system's package manager. What changes the system itself (libraries, packages) is done for root only.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Engine } from './engine.ts';

export interface Way {
  /** As a person would say it: "Playwright's download". */
  readonly name: string;
  /** Resolves when the way went through; rejects with what the tool said last. */
  take(): Promise<void>;
}

interface PackageManager {
  readonly path: string;
  readonly steps: readonly (readonly string[])[];
  readonly packages: Record<Engine, readonly string[]>;
}

const PACKAGE_MANAGERS: readonly PackageManager[] = [
  {
    path: '/usr/bin/apt-get',
    steps: [['update'], ['install', '--yes', '--no-install-recommends']],
    packages: { chromium: ['chromium'], firefox: ['firefox-esr'], webkit: ['webkit2gtk-driver', 'xvfb'] },
  },
  {
    path: '/usr/bin/dnf',
    steps: [['install', '--assumeyes']],
    packages: { chromium: ['chromium'], firefox: ['firefox'], webkit: ['webkit2gtk4.1', 'xorg-x11-server-Xvfb'] },
  },
];

/** Playwright as this package has it. */
export const PLAYWRIGHT: { readonly cli: string; readonly version: string } = installedPlaywright();

/** A build has some 150 MB. */
const TIMEOUT_MS = 10 * 60_000;

export function waysToInstall(engine: Engine): Way[] {
  const root = process.platform === 'linux' && process.getuid?.() === 0;
  const manager = root ? PACKAGE_MANAGERS.find((one) => existsSync(one.path)) : undefined;
  const download = { name: "Playwright's download", take: () => downloadByPlaywright(engine, root) };
  return manager === undefined ? [download] : [download, packageInstall(manager, engine)];
}

function installedPlaywright(): { cli: string; version: string } {
  const require = createRequire(import.meta.url);
  const { version } = require('playwright/package.json') as { version: string };
  return { cli: path.join(path.dirname(require.resolve('playwright/package.json')), 'cli.js'), version };
}

async function downloadByPlaywright(engine: Engine, root: boolean): Promise<void> {
  await run(process.execPath, [PLAYWRIGHT.cli, 'install', '--no-shell', '--no-progress', engine]);
  if (root) await run(process.execPath, [PLAYWRIGHT.cli, 'install-deps', engine]);
}

function packageInstall(manager: PackageManager, engine: Engine): Way {
  const packages = manager.packages[engine];
  return {
    name: `${path.basename(manager.path)} install ${packages.join(' ')}`,
    take: async () => {
      for (const step of manager.steps) {
        await run(manager.path, step[0] === 'install' ? [...step, ...packages] : step);
      }
    },
  };
}

function run(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT_MS });
    let said = '';
    const keep = (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(tellingLine(said)))));
  });
}

/** Of a tool's output the line that names the fault, not the trace or the summary around it. */
function tellingLine(said: string): string {
  const lines = said.split('\n').map((line) => line.trim());
  return (
    lines.find((line) => /^(error|e):/i.test(line)) ??
    lines.findLast((line) => line !== '') ??
    'it failed without a word'
  );
}
