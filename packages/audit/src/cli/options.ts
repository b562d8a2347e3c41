/** Parsers and options that several commands share. Errors: commander's, or `ERR_USAGE`. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Digest } from '@lodestone/protocol/digest';
import { LodestoneError } from '@lodestone/protocol/error';
import type { SandboxLock } from '../commands/sandbox/document.ts';
import type { RecordedEngine } from '../traffic/recorded-browser.ts';
import { readJson } from './read.ts';

/** For an option that may be repeated. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

export function collectOrigin(value: string, before: readonly string[]): string[] {
  return [...before, new URL(httpAddress(value)).origin];
}

export function httpAddress(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) throw new InvalidArgumentError('not an http(s) address');
  return text;
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('not a whole number of at most 6 digits');
  return Number(text);
}

export function digest(text: string): Digest {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError('not 64 lowercase hex digits');
  return text as Digest;
}

/** A file of the release in the same folder as the sandbox document, if it exists. */
export function fileNextTo(sandbox: string, name: string): string | undefined {
  const file = path.join(path.dirname(sandbox), name);
  return existsSync(file) ? file : undefined;
}

/** @param place file or address @throws {LodestoneError} `ERR_USAGE` */
export async function readLock(place: string): Promise<SandboxLock> {
  const lock = await readJson(place);
  if (isLock(lock)) return lock;
  const found = typeof lock === 'object' && lock !== null ? Object.keys(lock).slice(0, 8).join(', ') : '';
  throw new LodestoneError(
    'ERR_USAGE',
    `${place} is not a sandbox.lock.json that this release (${release()}) reads. Expected: the keys ${LOCK_KEYS.join(', ')}, with digests in lowercase hex. Found: ${found || 'no key'}. Use the sandbox.lock.json from the package of the release that you audit`,
  );
}

/** The version of this package. All packages of a release have the same version. */
function release(): string {
  const manifest = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

const LOCK_KEYS = ['build', 'sha256', 'bytes', 'script', 'parts'] as const;

function isLock(value: unknown): value is SandboxLock {
  if (typeof value !== 'object' || value === null) return false;
  const lock = value as Partial<Record<string, unknown>>;
  const isDigest = (text: unknown): boolean => typeof text === 'string' && /^[0-9a-f]{64}$/.test(text);
  return (
    Object.keys(lock).length === LOCK_KEYS.length &&
    LOCK_KEYS.every((key) => key in lock) &&
    isDigest(lock['build']) &&
    isDigest(lock['sha256']) &&
    Number.isSafeInteger(lock['bytes'])
  );
}

/** Options of the commands that run an app in a browser. */
export interface SessionFlags {
  url: string;
  adapter: string;
  firstParty: string[];
  engine: RecordedEngine;
  /** Seconds. */
  waitAfter: number;
}

export function addSessionOptions(command: Command): Command {
  return command
    .requiredOption('--url <address>', 'address of the app', httpAddress)
    .requiredOption('--adapter <file>', 'module that describes how to use this app (see below)')
    .option(
      '--first-party <origin>',
      'a further server of the app, in addition to that of --url (repeatable)',
      collectOrigin,
      [],
    )
    .addOption(new Option('--engine <name>', 'the browser').choices(['chromium', 'firefox']).default('chromium'))
    .option('--wait-after <seconds>', 'how long to wait after the last file for late traffic', wholeNumber, 30)
    .addHelpText('after', ADAPTER_HELP);
}

const ADAPTER_HELP = `
The adapter is a module whose default export is
  { name, ready(page), attach(page, file), ledgers(page, { savedBy }) }
"page" is Playwright's. "ready" resolves when the app checks pictures. "attach" attaches one file and resolves when the
app has handled it. "ledgers" returns the ledgers as the app exports them. The README links an example.`;
