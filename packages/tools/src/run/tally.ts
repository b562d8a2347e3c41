/**
 * Counts passed and failed tests from a runner's report. Pure. Promise: a file that does not load, an error outside of
 * tests, a crash and an empty run all count as failures.
 */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Names of tests that passed only on a retry. */
  readonly retried: readonly string[];
}

/** @param report the JSON of Vitest's `json` reporter, or `undefined` if it wrote none */
export function tallyVitest(report: unknown, exitCode: number): Tally {
  const passed = count(report, 'numPassedTests');
  const skipped = count(report, 'numPendingTests') + count(report, 'numTodoTests');
  const brokenFiles = list(report, 'testResults').filter(
    (file) => text(file, 'status') === 'failed' && !list(file, 'assertionResults').some(isFailed),
  );
  const retried = list(report, 'testResults')
    .flatMap((file) => list(file, 'assertionResults'))
    .filter((test) => text(test, 'status') === 'passed' && list(test, 'failureMessages').length > 0)
    .map((test) => text(test, 'fullName'));
  const failed = count(report, 'numFailedTests') + brokenFiles.length;
  return withSilentFailure({ passed, failed, skipped, retried }, exitCode);
}

/** @param report the JSON of Playwright's `json` reporter, or `undefined` if it wrote none */
export function tallyPlaywright(report: unknown, exitCode: number): Tally {
  const stats = member(report, 'stats');
  const failed = count(stats, 'unexpected') + list(report, 'errors').length;
  const passed = count(stats, 'expected') + count(stats, 'flaky');
  return withSilentFailure({ passed, failed, skipped: count(stats, 'skipped'), retried: flakySpecs(report) }, exitCode);
}

/** Suites of the report contain suites and specs. */
function flakySpecs(suite: unknown): string[] {
  const isFlaky = (spec: unknown): boolean => list(spec, 'tests').some((one) => text(one, 'status') === 'flaky');
  const own = list(suite, 'specs').filter(isFlaky);
  return [...own.map((spec) => text(spec, 'title')), ...list(suite, 'suites').flatMap(flakySpecs)];
}

export function total(tallies: readonly Tally[]): Tally {
  const sum = (key: 'passed' | 'failed' | 'skipped') => tallies.reduce((all, tally) => all + tally[key], 0);
  return {
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    retried: tallies.flatMap(({ retried }) => retried),
  };
}

/** The last line of `npm test`: `12 passed, 0 failed`, and `, 3 skipped` if some were. */
export function closingLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** A test that needs a retry indicates a defect, in the test or in the tested code. */
export function retriedLines({ retried }: Tally): string[] {
  return retried.map((name) => `passed only on a retry: ${name}`);
}

export function allWell({ passed, failed }: Tally): boolean {
  return failed === 0 && passed > 0;
}

/** A runner that reports an error or ran no test, without a failed test, counts as one failure. */
function withSilentFailure(tally: Tally, exitCode: number): Tally {
  const silentFailure = tally.failed === 0 && (exitCode !== 0 || tally.passed === 0);
  return silentFailure ? { ...tally, failed: 1 } : tally;
}

function isFailed(assertion: unknown): boolean {
  return text(assertion, 'status') === 'failed';
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function count(value: unknown, key: string): number {
  const found = member(value, key);
  return typeof found === 'number' ? found : 0;
}

function text(value: unknown, key: string): string {
  const found = member(value, key);
  return typeof found === 'string' ? found : '';
}

function list(value: unknown, key: string): unknown[] {
  const found = member(value, key);
  return Array.isArray(found) ? found : [];
}
