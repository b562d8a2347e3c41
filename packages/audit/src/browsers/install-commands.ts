/**
 * The exact commands that install a browser or a system program on this machine. Promise: this package only prints them.
 * Flow: require.ts, packets/programs.ts → here → the message of the error. Spec: docs/design/audit.md#packets
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Engine } from './engine.ts';

/** Programs that record packets (packets/). */
export const SYSTEM_PROGRAMS = ['ip', 'tcpdump', 'unshare', 'nsenter', 'mount'] as const;
/** `ffmpeg` makes the videos of tests. */
export type SystemProgram = (typeof SYSTEM_PROGRAMS)[number] | 'ffmpeg';

interface PackageManager {
  readonly path: string;
  /** Arguments of each step; the packages follow those of the last one. */
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
      ffmpeg: ['ffmpeg'],
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
      ffmpeg: ['ffmpeg-free'],
    },
  },
];

/** The Playwright of this package. Each version needs its own builds, so commands name it. */
export const PLAYWRIGHT: { readonly cli: string; readonly version: string } = installedPlaywright();

function installedPlaywright(): { cli: string; version: string } {
  const require = createRequire(import.meta.url);
  const { version } = require('playwright/package.json') as { version: string };
  return { cli: path.join(path.dirname(require.resolve('playwright/package.json')), 'cli.js'), version };
}

/** @returns program and arguments of each step; none if the package manager of this machine is not known */
export function packageManagerSteps(needed: Engine | SystemProgram): string[][] {
  const manager = process.platform === 'linux' ? PACKAGE_MANAGERS.find((one) => existsSync(one.path)) : undefined;
  if (manager === undefined) return [];
  const { steps, packages } = manager;
  return steps.map((step, i) => [manager.path, ...step, ...(i === steps.length - 1 ? packages[needed] : [])]);
}

/** One command line for a terminal, with sudo unless this process is root; undefined if none is known. */
export function packageManagerCommand(needed: Engine | SystemProgram): string | undefined {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
  const lines = packageManagerSteps(needed).map(([program = '', ...rest]) =>
    [...sudo, path.basename(program), ...rest].join(' '),
  );
  return lines.length > 0 ? lines.join(' && ') : undefined;
}

/** Alternatives: the system's package, and Playwright's download. */
export function browserCommands(engine: Engine): string[] {
  const packages = packageManagerCommand(engine);
  const download = `npx playwright@${PLAYWRIGHT.version} install --with-deps ${engine}`;
  return packages === undefined ? [download] : [packages, download];
}
