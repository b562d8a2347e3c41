/**
 * A browser for tests and CI, installed if none starts: by Playwright's download, then as root by the package manager.
 * Flow: the finder of `@lodestone/audit/browsers` → each way to install → the finder again.
 * Promise: prints one line before each installation; the error lists everything that was tried.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Engine,
  findBrowser,
  type FoundBrowser,
  missingBrowser,
  packageManagerSteps,
  PLAYWRIGHT,
  type PlaywrightBrowser,
  type Search,
  type SystemProgram,
} from '@lodestone/audit/browsers';

export interface EnsureOptions {
  /** File that remembers which program started. */
  readonly memoryFile?: string;
  /** Receives one line before each installation. */
  readonly say?: (line: string) => void;
}

export interface Installation {
  readonly name: string;
  /** Rejects with the last output of the failed program. */
  run(): Promise<void>;
}

/** @throws {LodestoneError} `ERR_BROWSER_MISSING` */
export function ensureBrowser(
  engine: 'chromium' | 'firefox',
  options?: EnsureOptions,
): Promise<FoundBrowser<PlaywrightBrowser>>;
export function ensureBrowser(engine: Engine, options?: EnsureOptions): Promise<FoundBrowser>;
export function ensureBrowser(
  engine: Engine,
  { memoryFile, say = () => {} }: EnsureOptions = {},
): Promise<FoundBrowser> {
  return findOrInstall(engine, () => findBrowser(engine, memoryFile), installationsOf(engine), say);
}

/** The finder, the installations and the output are arguments, so that tests need no browser. */
export async function findOrInstall(
  engine: Engine,
  search: () => Promise<Search>,
  installations: readonly Installation[],
  say: (line: string) => void,
): Promise<FoundBrowser> {
  const first = await search();
  if (first.found !== undefined) return first.found;
  const tried = [...first.refused];
  for (const { name, run } of installations) {
    say(`No ${engine} starts here. Trying ${name}`);
    try {
      await run();
    } catch (error) {
      tried.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      continue;
    }
    const { found, refused } = await search();
    if (found !== undefined) return found;
    tried.push(`${name}: installed, but no browser starts`, ...refused);
  }
  throw missingBrowser(engine, tried);
}

/** Only root may change the system itself (libraries, packages). */
function installationsOf(engine: Engine): Installation[] {
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
  const cli = [process.execPath, PLAYWRIGHT.cli];
  const download = [[...cli, 'install', '--no-shell', '--no-progress', engine]];
  if (isRoot) download.push([...cli, 'install-deps', engine]);
  const packages = isRoot ? packageManagerSteps(engine) : [];
  return [
    { name: "Playwright's download", run: () => runSteps(download) },
    ...(packages.length > 0 ? [{ name: packages.at(-1)?.join(' ') ?? '', run: () => runSteps(packages) }] : []),
  ];
}

/** Installs a missing program that tests need, as root. */
export async function ensureProgram(program: SystemProgram): Promise<void> {
  const isMissing = SYSTEM_PROGRAM_FOLDERS.every((folder) => !existsSync(path.join(folder, program)));
  if (isMissing) await runSteps(packageManagerSteps(program));
}

const SYSTEM_PROGRAM_FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** A browser has about 150 MB. */
const TIMEOUT_MS = 10 * 60_000;
/** As apt-get reports that another installation runs. Its own option to wait covers `install`, but not `update`. */
const IS_LOCKED = /Could not get lock/;
const NEXT_TRY_MS = 1_000;

/** Runs programs in turn, each again while another installation holds a lock that it needs. Rejects with the last output. */
export async function runSteps(steps: readonly (readonly string[])[]): Promise<void> {
  for (const [program = '', ...args] of steps) {
    const triesEnd = performance.now() + TIMEOUT_MS;
    let { code, output } = await runStep(program, args);
    while (code !== 0 && IS_LOCKED.test(output) && performance.now() < triesEnd) {
      await sleep(NEXT_TRY_MS);
      ({ code, output } = await runStep(program, args));
    }
    if (code !== 0) throw new Error(lastErrorIn(output));
  }
}

async function runStep(program: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(program, args, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
  });
  let output = '';
  const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-4_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

function lastErrorIn(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  return (
    lines.find((line) => /^(error|e):/i.test(line)) ??
    lines.findLast((line) => line !== '') ??
    'it failed without output'
  );
}
