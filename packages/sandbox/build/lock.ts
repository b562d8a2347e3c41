/**
 * `sandbox.lock.json`: which sandbox the sources make, as everybody agrees who has them. It is in the repository; a build compares,
 * and fails where it makes other bytes, until it is asked to write them down. Auditors compare the published one.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Digest } from '@lodestone/protocol/digest';
import type { Classifier, SandboxDocument } from './document.ts';

/** Nothing in it but what follows from the bytes: two machines' gzip may differ. */
export interface SandboxLock {
  build: Digest;
  /** Of `sandbox.html` as it is, with its build digest in place. */
  sha256: string;
  bytes: number;
  /** The window's script as a policy names it: for host pages whose policy must admit it. */
  script: string;
  /** SHA-256 of the lazy part's code, and of the two WebAssembly files of which it runs either. */
  classifier: Classifier['digests'];
}

export interface LockFiles {
  /** What the last build made. */
  built: string;
  /** What is in the repository. */
  agreed: string;
}

const SANDBOX = path.join(import.meta.dirname, '..');
const FILES: LockFiles = {
  built: path.join(SANDBOX, 'dist/sandbox.lock.json'),
  agreed: path.join(SANDBOX, 'sandbox.lock.json'),
};

export function lockOf({ html, build, script, classifier }: SandboxDocument & { classifier: Classifier }): SandboxLock {
  const sha256 = createHash('sha256').update(html).digest('hex');
  return { build, sha256, bytes: Buffer.byteLength(html), script, classifier: classifier.digests };
}

export function printLock(lock: SandboxLock): string {
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** @returns a sentence that says what differs; undefined where the built sandbox is the agreed one */
export async function differenceFromLock({ built: made, agreed: known }: LockFiles = FILES): Promise<
  string | undefined
> {
  const [built, agreed] = await Promise.all([made, known].map((file) => readFile(file, 'utf8').catch(() => '')));
  if (built !== '' && built === agreed) return undefined;
  const name = (text = ''): string => (text === '' ? 'none' : (JSON.parse(text) as SandboxLock).build);
  return `the sources make the sandbox ${name(built)}, and packages/sandbox/sandbox.lock.json has ${name(agreed)}: if the sandbox was meant to change, run \`npm run build -- --update\` and commit the lock file with the change`;
}

/** The sandbox that was built is the agreed one from here on. */
export async function updateLock({ built, agreed }: LockFiles = FILES): Promise<void> {
  await writeFile(agreed, await readFile(built));
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } });
  if (values.update) await updateLock();
  const difference = await differenceFromLock();
  console.log(difference ?? 'sandbox: sandbox.lock.json matches the built sandbox');
  process.exitCode = difference === undefined ? 0 : 1;
}
