import { describe, expect, test } from 'vitest';
import {
  allWell,
  closingLine,
  failedFiles,
  retriedLines,
  tallyPlaywright,
  tallyVitest,
  tallyWithSecondRun,
  total,
} from '../src/run/tally.ts';

const file = (status: string, ...statuses: string[]) => ({
  status,
  assertionResults: statuses.map((one) => ({ status: one })),
});

describe('Vitest', () => {
  test('passed, failed, skipped and to-do tests are counted', () => {
    const report = { numPassedTests: 7, numFailedTests: 0, numPendingTests: 2, numTodoTests: 1, testResults: [] };
    expect(tallyVitest(report, 0)).toEqual({ passed: 7, failed: 0, skipped: 3, retried: [] });
  });

  test('a file that does not load is a failure, and a file with a failed test is not counted twice', () => {
    const testResults = [file('failed'), file('failed', 'passed', 'failed'), file('passed', 'passed')];
    const report = { numPassedTests: 2, numFailedTests: 1, numPendingTests: 0, testResults };
    expect(tallyVitest(report, 1)).toEqual({ passed: 2, failed: 2, skipped: 0, retried: [] });
  });

  test('the tests of a failed file that passes in a second run count as passed, and those that had failed are named', () => {
    const slow = {
      name: 'slow.test.ts',
      status: 'failed',
      assertionResults: [
        { status: 'failed', fullName: 'slow' },
        { status: 'passed', fullName: 'fine' },
      ],
    };
    const unloaded = { name: 'unloaded.test.ts', status: 'failed', assertionResults: [] };
    const report = {
      numPassedTests: 3,
      numFailedTests: 1,
      testResults: [slow, unloaded, { ...file('passed', 'passed', 'passed'), name: 'others.test.ts' }],
    };
    const first = tallyVitest(report, 1);
    expect(first).toEqual({ passed: 3, failed: 2, skipped: 0, retried: [] });
    expect(failedFiles(report)).toEqual(['slow.test.ts', 'unloaded.test.ts']);
    const again = tallyVitest({ numPassedTests: 5, numFailedTests: 0, testResults: [] }, 0);
    const tally = tallyWithSecondRun(first, report, again);
    expect(tally).toEqual({ passed: 7, failed: 0, skipped: 0, retried: ['slow', 'unloaded.test.ts'] });
    expect(retriedLines(tally)).toEqual(['passed only on a retry: slow', 'passed only on a retry: unloaded.test.ts']);
    for (const failing of [
      tallyVitest({ numPassedTests: 4, numFailedTests: 1, testResults: [] }, 1),
      tallyVitest(undefined, 0),
    ])
      expect(tallyWithSecondRun(first, report, failing)).toEqual(first);
  });

  test('an error outside of tests is a failure, even if all tests passed', () => {
    expect(tallyVitest({ numPassedTests: 4, numFailedTests: 0, testResults: [] }, 1).failed).toBe(1);
  });
});

describe('Playwright', () => {
  test('expected, unexpected and skipped tests are counted', () => {
    const report = { stats: { expected: 3, unexpected: 2, flaky: 0, skipped: 1 }, errors: [] };
    expect(tallyPlaywright(report, 1)).toEqual({ passed: 3, failed: 2, skipped: 1, retried: [] });
  });

  test('a test that passed on a retry counts as passed and is named', () => {
    const specs = [
      { title: 'slow', tests: [{ status: 'flaky' }] },
      { title: 'fine', tests: [{ status: 'expected' }] },
    ];
    const report = { stats: { expected: 3, unexpected: 0, flaky: 1, skipped: 0 }, suites: [{ suites: [{ specs }] }] };
    expect(tallyPlaywright(report, 0)).toEqual({ passed: 4, failed: 0, skipped: 0, retried: ['slow'] });
  });

  test('an error before the first test is a failure', () => {
    expect(tallyPlaywright({ stats: { expected: 0 }, errors: [{ message: 'No tests found' }] }, 1).failed).toBe(1);
  });
});

describe.each([
  ['Vitest', tallyVitest],
  ['Playwright', tallyPlaywright],
])('%s without a report', (_, tally) => {
  test.each([undefined, null, 'text', 5, [], {}])('%j is one failure, whatever the exit code', (report) => {
    expect(tally(report, 0)).toEqual({ passed: 0, failed: 1, skipped: 0, retried: [] });
    expect(tally(report, 139)).toEqual({ passed: 0, failed: 1, skipped: 0, retried: [] });
  });
});

test('a run succeeds only if something passed and nothing failed', () => {
  expect(allWell(total([]))).toBe(false);
  expect(allWell({ passed: 0, failed: 0, skipped: 9, retried: [] })).toBe(false);
  expect(allWell({ passed: 9, failed: 1, skipped: 0, retried: [] })).toBe(false);
  expect(allWell({ passed: 1, failed: 0, skipped: 0, retried: [] })).toBe(true);
});

test('the last line has the documented form', () => {
  const tallies = [
    { passed: 5, failed: 0, skipped: 0, retried: [] },
    { passed: 2, failed: 1, skipped: 0, retried: [] },
  ];
  expect(closingLine(total(tallies))).toBe('7 passed, 1 failed');
  expect(closingLine({ passed: 7, failed: 0, skipped: 2, retried: [] })).toBe('7 passed, 0 failed, 2 skipped');
});
