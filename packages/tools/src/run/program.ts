/**
 * Runs other programs for the repository's commands.
 * Promise: resolves with the exit code, also if the program does not start; SIGTERM is passed on to the program.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import path from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stripVTControlCharacters } from 'node:util';

export const ROOT: string = path.join(import.meta.dirname, '../../../..');
export const SOURCE = '--conditions=source';
/** Node keeps compiled code here, so that the programs which tests start are ready in half the time. */
const COMPILED = { NODE_COMPILE_CACHE: path.join(ROOT, '.cache/node') };

/**
 * @param outputAfter for a program that runs at the same time as another: its output is kept until this resolves
 * @returns the exit code, when all output is written
 */
export async function runNode(
  args: readonly string[],
  env: Record<string, string> = {},
  outputAfter?: Promise<unknown>,
): Promise<number> {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: outputAfter ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    env: { ...COMPILED, ...process.env, ...env },
  });
  const exitCode = exitOf(child);
  await Promise.all([pass(child.stdout, process.stdout, outputAfter), pass(child.stderr, process.stderr, outputAfter)]);
  return exitCode;
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    const end = (signal: NodeJS.Signals) => child.kill(signal);
    process.once('SIGTERM', end);
    child.once('error', (error) => console.error(error.message));
    child.once('close', (code) => {
      process.off('SIGTERM', end);
      resolve(code ?? 1);
    });
  });
}

/** More than any program prints: a smaller buffer would stop the program until its output is shown. */
const KEPT_BYTES = 2 ** 30;

async function pass(from: Readable | null, to: NodeJS.WriteStream, after?: Promise<unknown>): Promise<void> {
  if (!from) return;
  const kept = from.pipe(new PassThrough({ highWaterMark: KEPT_BYTES }));
  await after;
  await pipeline(kept, to, { end: false });
}

/** Result of a program whose output was captured. */
export interface Outcome {
  readonly exitCode: number;
  /** Standard output and error, in the order of writing. */
  readonly output: string;
}

export function runQuietly(command: string, args: readonly string[], cwd: string = ROOT): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer) => (output += chunk.toString());
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => (output += `${command}: ${error.message}\n`));
    // Some tools colour their output even without a terminal.
    child.once('close', (code) => resolve({ exitCode: code ?? 1, output: stripVTControlCharacters(output) }));
  });
}

/** The file of an installed package's command: `bin` in its package.json. */
export function commandOf(packageName: string, command: string): string {
  const manifestFile = findPackageJSON(packageName, import.meta.url);
  if (manifestFile === undefined) throw new Error(`${packageName} is not installed`);
  const { bin } = JSON.parse(readFileSync(manifestFile, 'utf8')) as { bin?: string | Record<string, string> };
  const file = typeof bin === 'string' ? bin : bin?.[command];
  if (file === undefined) throw new Error(`${packageName} has no command ${command}`);
  return path.join(path.dirname(manifestFile), file);
}
