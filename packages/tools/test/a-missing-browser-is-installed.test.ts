import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { FoundBrowser, Search } from '@lodestone/audit/browsers';
import { LodestoneError } from '@lodestone/protocol/error';
import { findOrInstall, type Installation, runSteps } from '../src/engines/install.ts';

const BROWSER: FoundBrowser = {
  driver: 'playwright',
  engine: 'chromium',
  origin: 'system',
  path: '/opt/chromium',
  version: '1.0',
};
const FOUND: Search = { found: BROWSER, refused: [] };
const NONE: Search = { found: undefined, refused: ['/usr/bin/chromium: No usable sandbox!'] };

/** Searches and installations that record the order in which they ran. */
function machine(...results: Search[]) {
  const trace: string[] = [];
  const search = () => Promise.resolve(results.shift() ?? NONE);
  const installation = (name: string, fails?: string): Installation => ({
    name,
    run: async () => {
      trace.push(name);
      if (fails !== undefined) throw new Error(fails);
    },
  });
  return { trace, search, installation, say: (line: string) => void trace.push(`said: ${line}`) };
}

test('an installed browser is used, without output and without an installation', async () => {
  const { trace, search, installation, say } = machine(FOUND);
  expect(await findOrInstall('chromium', search, [installation('download')], say)).toBe(BROWSER);
  expect(trace).toEqual([]);
});

test('the second installation runs if the first fails, and each is announced before it starts', async () => {
  const { trace, search, installation, say } = machine(NONE, FOUND);
  const installations = [installation('download', 'no route'), installation('apt-get'), installation('never')];
  expect(await findOrInstall('chromium', search, installations, say)).toBe(BROWSER);
  expect(trace).toEqual([
    'said: No chromium starts here. Trying download',
    'download',
    'said: No chromium starts here. Trying apt-get',
    'apt-get',
  ]);
});

test('if every installation fails, the error names everything that was tried and the commands to run', async () => {
  const { search, installation, say } = machine(NONE, NONE);
  const failing = findOrInstall(
    'chromium',
    search,
    [installation('download', 'no route'), installation('apt-get')],
    say,
  );
  const error = await failing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LodestoneError);
  expect(error).toMatchObject({ code: 'ERR_BROWSER_MISSING' });
  for (const fact of [
    'No usable sandbox!',
    'download: no route',
    'apt-get: installed, but no browser starts',
    'Install it with one of:',
  ]) {
    expect(String(error)).toContain(fact);
  }
});

test('a step waits while another installation holds the lock, and every other failure ends the steps', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lodestone-install-'));
  try {
    const file = path.join(folder, 'tried');
    const locked = `[ -f ${file} ] || { touch ${file}; echo 'E: Could not get lock /var/lib/apt/lists/lock.'; exit 100; }`;
    await runSteps([['sh', '-c', locked]]);
    const unknown = ['sh', '-c', 'echo "E: Unable to locate package"; exit 100'];
    await expect(runSteps([unknown, ['rm', file]])).rejects.toThrow('E: Unable to locate package');
    expect(existsSync(file)).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
