/**
 * `sandbox.lock.json`: the digests of the sandbox that the sources build. It is in the repository; a build that gives other bytes
 * fails until the lock file is updated with `--update`. Auditors compare the published one. Spec: docs/design/sandbox.md#document
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Digest } from '@lodestone/protocol/digest';
import type { SandboxDocument } from './document.ts';
import type { BuiltPart } from './parts.ts';

/** Only values that follow from the bytes; gzip sizes may differ between machines. */
export interface SandboxLock {
  build: Digest;
  /** Values of `sandbox.html` as published, with its build digest. */
  sha256: string;
  bytes: number;
  /** The source expression of the window's script, for the policy of host pages. */
  script: string;
  /** For each lazy part the SHA-256 of its code and of each runtime that it accepts, by name. */
  parts: Record<string, BuiltPart['digests']>;
}

export interface LockFiles {
  /** Written by the last build. */
  built: string;
  /** In the repository. */
  committed: string;
}

const SANDBOX = path.join(import.meta.dirname, '..');
const FILES: LockFiles = {
  built: path.join(SANDBOX, 'dist/sandbox.lock.json'),
  committed: path.join(SANDBOX, 'sandbox.lock.json'),
};

export function lockOf({ html, build, script, parts }: SandboxDocument & { parts: readonly BuiltPart[] }): SandboxLock {
  const sha256 = createHash('sha256').update(html).digest('hex');
  return {
    build,
    sha256,
    bytes: Buffer.byteLength(html),
    script,
    parts: Object.fromEntries(parts.map(({ name, digests }) => [name, digests])),
  };
}

export function printLock(lock: SandboxLock): string {
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** @returns an error message; undefined if the built sandbox has the digests of the lock file */
export async function differenceFromLock({ built: made, committed: known }: LockFiles = FILES): Promise<
  string | undefined
> {
  const [built, committed] = await Promise.all([made, known].map((file) => readFile(file, 'utf8').catch(() => '')));
  if (built !== '' && built === committed) return undefined;
  const name = (text = ''): string => (text === '' ? 'none' : (JSON.parse(text) as SandboxLock).build);
  return `the sources build sandbox ${name(built)}, but packages/sandbox/sandbox.lock.json has ${name(committed)}. If you meant to change the sandbox, run \`npm run build -- --update\` and commit the lock file with your change`;
}

/** Copies the built lock file into the repository. */
export async function updateLock({ built, committed }: LockFiles = FILES): Promise<void> {
  await writeFile(committed, await readFile(built));
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } });
  if (values.update) await updateLock();
  const difference = await differenceFromLock();
  console.log(difference ?? 'sandbox: sandbox.lock.json matches the built sandbox');
  process.exitCode = difference === undefined ? 0 : 1;
}
