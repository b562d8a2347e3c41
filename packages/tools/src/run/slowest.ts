/** The slowest test files of a run, from the JSON reports of Vitest and Playwright. Pure. */
export interface FileTime {
  readonly file: string;
  readonly seconds: number;
}

const SHOWN = 8;

interface VitestReport {
  readonly testResults: readonly { name: string; startTime: number; endTime: number }[];
}

interface PlaywrightSuite {
  readonly file?: string;
  readonly suites?: readonly PlaywrightSuite[];
  readonly specs?: readonly { tests: readonly { results: readonly { duration: number }[] }[] }[];
}

/** @param root removed from the start of file names */
export function vitestTimes(report: unknown, root: string): FileTime[] {
  if (!isVitestReport(report)) return [];
  return report.testResults.map(({ name, startTime, endTime }) => ({
    file: name.replace(`${root}/`, ''),
    seconds: (endTime - startTime) / 1_000,
  }));
}

export function playwrightTimes(report: unknown): FileTime[] {
  const { suites = [] } = (typeof report === 'object' && report !== null ? report : {}) as PlaywrightSuite;
  return suites.map((suite) => ({ file: suite.file ?? '', seconds: millisecondsOf(suite) / 1_000 }));
}

export function slowestLines(times: readonly FileTime[]): string[] {
  const slowest = [...times].sort((a, b) => b.seconds - a.seconds).slice(0, SHOWN);
  return slowest.map(({ file, seconds }) => `slowest: ${seconds.toFixed(0).padStart(4)} s  ${file}`);
}

function millisecondsOf({ suites = [], specs = [] }: PlaywrightSuite): number {
  const results = specs.flatMap(({ tests }) => tests.flatMap((test) => test.results));
  const own = results.reduce((sum, { duration }) => sum + duration, 0);
  return suites.reduce((sum, suite) => sum + millisecondsOf(suite), own);
}

function isVitestReport(report: unknown): report is VitestReport {
  return typeof report === 'object' && report !== null && Array.isArray(Reflect.get(report, 'testResults'));
}
