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
  const failed = count(report, 'numFailedTests') + brokenFiles(report).length;
  return withSilentFailure({ passed, failed, skipped, retried: [] }, exitCode);
}

/** Files that did not load, or failed outside of a test. */
function brokenFiles(report: unknown): unknown[] {
  return list(report, 'testResults').filter(
    (file) => text(file, 'status') === 'failed' && !list(file, 'assertionResults').some(isFailed),
  );
}

/** The files of Vitest's report that have a failed test or did not load. */
export function failedFiles(report: unknown): string[] {
  const failed = list(report, 'testResults').filter((file) => text(file, 'status') === 'failed');
  return [...new Set(failed.map((file) => text(file, 'name')))];
}

/**
 * The tally of a run whose failed files ran again alone. A second failure leaves the first tally as it is. The report does not
 * have errors outside of tests, so one in a file that passed stays unseen if another file needed its second run.
 *
 * @param report of the first run
 * @param again the tally of the second run
 */
export function tallyWithSecondRun(first: Tally, report: unknown, again: Tally): Tally {
  if (!allWell(again)) return first;
  const files = new Set(failedFiles(report));
  const tests = list(report, 'testResults')
    .filter((file) => files.has(text(file, 'name')))
    .flatMap((file) => list(file, 'assertionResults'));
  const passedBefore = tests.filter((test) => text(test, 'status') === 'passed').length;
  const failed = tests.filter(isFailed).map((test) => text(test, 'fullName'));
  const unloaded = brokenFiles(report).map((file) => text(file, 'name'));
  return {
    ...first,
    passed: first.passed - passedBefore + again.passed,
    failed: 0,
    retried: [...first.retried, ...failed, ...unloaded],
  };
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
