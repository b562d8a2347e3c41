/**
 * Mutated files of every kind, in Chromium through the real client and sandbox: each gets a verdict, none ends the guard or the page,
 * and none is clear that the engine shows as the listed picture. `npm run fuzz` runs more of them, in every engine.
 */
import { ALL_TAG, LONG_TAG } from '@lodestone/tools/run/test-plan';
import { expect, test } from '@playwright/test';
import { createInputs } from '../fuzz/inputs.ts';
import { failureOf, LATE, type Report } from '../fuzz/judge.ts';
import { fuzz, type FuzzFailure, type FuzzResult } from '../fuzz/run.ts';

const SEED = 16;
/** A deadline is a time on the clock, which other tests on the same cores use up. An input that misses it alone too is a failure. */
const TRIES_ALONE = 2;

const run = (first: number, count: number): Promise<FuzzResult> =>
  fuzz({ engine: 'chromium', seed: SEED, first, count, say: console.log });

async function isLateOnlyBesideOthers({ number, why }: FuzzFailure): Promise<boolean> {
  if (why !== LATE) return false;
  for (let tried = 0; tried < TRIES_ALONE; tried++) {
    const { failures } = await run(number, 1);
    if (failures.length === 0) return true;
  }
  return false;
}

async function expectNoFailure(count: number): Promise<void> {
  const result = await run(0, count);
  const failures: string[] = [];
  for (const failure of result.failures) {
    if (await isLateOnlyBesideOthers(failure)) continue;
    failures.push(`${failure.why} (${failure.recipe}): ${failure.command}`);
  }
  expect(failures).toEqual([]);
  expect(result.checked).toBe(count);
  // A run in which nothing is found, or nothing is refused, shows nothing.
  expect(Object.keys(result.outcomes)).toEqual(expect.arrayContaining(['match', 'clear', 'unscannable/decode']));
}

const COUNT = 500;
test(`${COUNT} mutated files each get a verdict`, { tag: ALL_TAG }, async () => {
  test.setTimeout(900_000);
  await expectNoFailure(COUNT);
});

test('number N of a seed is the same bytes in every run', { tag: LONG_TAG }, async () => {
  const [one, again] = [await createInputs(SEED), await createInputs(SEED)];
  for (const number of [0, 1, 7, 40]) expect((await one(number)).bytes).toEqual((await again(number)).bytes);
  expect((await one(1)).bytes).not.toEqual((await (await createInputs(SEED + 1))(1)).bytes);
});

const report: Report = { number: 1, outcome: 'clear', ms: 1 };
const shown = { width: 320, height: 240, quality: 100, distance: 0 };
const CASES: readonly [what: string, report: Report, fails: boolean][] = [
  ['a clear file that the engine does not show', report, false],
  [
    'a clear file that shows another picture',
    { ...report, shown: { ...shown, distance: 120 }, asPicture: 'clear' },
    false,
  ],
  ['a clear file that shows the listed picture', { ...report, shown, asPicture: 'clear' }, true],
  [
    'a clear file that is called no picture and shows one',
    { ...report, shown: { ...shown, distance: 120 }, asPicture: 'skipped' },
    true,
  ],
  ['an unscannable file', { ...report, outcome: 'unscannable', reason: 'decode' }, false],
  ['an end of the sandbox', { ...report, outcome: 'unscannable', reason: 'sandbox' }, true],
  ['a missed deadline', { ...report, outcome: 'unscannable', reason: 'deadline' }, true],
  ['a guard that finds nothing any more', { ...report, afterwards: 'clear' }, true],
  ['an error', { ...report, outcome: 'error', error: 'TypeError' }, true],
];
for (const [what, one, fails] of CASES) {
  test(`${what} ${fails ? 'is' : 'is not'} a failure of a fuzz run`, () =>
    expect(failureOf(one, false) !== undefined).toBe(fails));
}

test('a clear archive in which the listed picture is whole is a failure of a fuzz run', () => {
  expect(failureOf(report, true)).toBe('clear, but the listed picture is in it');
  expect(failureOf({ ...report, outcome: 'unscannable', reason: 'format' }, true)).toBeUndefined();
});
