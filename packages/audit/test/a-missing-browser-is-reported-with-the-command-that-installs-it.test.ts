import { expect, test } from 'vitest';
import { LodestoneError } from '@lodestone/protocol/error';
import type { FoundBrowser } from '../src/browsers/engine.ts';
import { obtainBrowser } from '../src/browsers/require.ts';
import type { Search } from '../src/browsers/find.ts';
import type { Way } from '../src/browsers/install-commands.ts';

const BROWSER: FoundBrowser = {
  driver: 'playwright',
  engine: 'chromium',
  origin: 'system',
  path: '/opt/chromium',
  version: '1.0',
};
const FOUND: Search = { found: BROWSER, refused: [] };
const NONE: Search = { found: undefined, refused: ['/usr/bin/chromium: No usable sandbox!'] };

/** Ways and searches that leave a trace of the order in which they were used. */
function machine(...answers: Search[]) {
  const trace: string[] = [];
  const search = () => Promise.resolve(answers.shift() ?? NONE);
  const way = (name: string, fails?: string): Way => ({
    name,
    take: async () => {
      trace.push(name);
      if (fails !== undefined) throw new Error(fails);
    },
  });
  return { trace, search, way, say: (line: string) => void trace.push(`said: ${line}`) };
}

test('a browser that is there is taken, and nothing is said or installed', async () => {
  const { trace, search, way, say } = machine(FOUND);
  expect(await obtainBrowser('chromium', search, [way('download')], say)).toBe(BROWSER);
  expect(trace).toEqual([]);
});

test('the second way is tried where the first fails, and each is announced before it starts', async () => {
  const { trace, search, way, say } = machine(NONE, FOUND);
  const ways = [way('download', 'no route'), way('apt-get'), way('never')];
  expect(await obtainBrowser('chromium', search, ways, say)).toBe(BROWSER);
  expect(trace).toEqual([
    'said: No chromium that starts here: trying download',
    'download',
    'said: No chromium that starts here: trying apt-get',
    'apt-get',
  ]);
});

test('where none can be had, the error names all that was tried and what helps', async () => {
  const { search, way, say } = machine(NONE, NONE);
  const failing = obtainBrowser('chromium', search, [way('download', 'no route'), way('apt-get')], say);
  const error = await failing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LodestoneError);
  expect(error).toMatchObject({ code: 'ERR_BROWSER_MISSING' });
  for (const fact of [
    'No usable sandbox!',
    'download: no route',
    'apt-get: done, and still there is none',
    'What helps:',
  ]) {
    expect(String(error)).toContain(fact);
  }
});
