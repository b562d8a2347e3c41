/**
 * `npm test` and `npm run test:unit`, `test:browser`, `test:e2e`: Vitest (Node and engines) and Playwright.
 * Promise: the last line of output is `N passed, N failed`, alone on its line (`, N skipped` if some were); the exit code
 * is 0 only if something passed and nothing failed. `run/test-plan.ts` explains the arguments; `--watch` prints no total.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { commandOf, ROOT, runNode, SOURCE } from './run/program.ts';
import { type FileTime, playwrightTimes, slowestLines, vitestTimes } from './run/slowest.ts';
import {
  allWell,
  closingLine,
  failedFiles,
  retriedLines,
  tallyPlaywright,
  tallyVitest,
  tallyWithSecondRun,
  total,
  type Tally,
} from './run/tally.ts';
import { LEFT_OUT, planOf } from './run/test-plan.ts';

/** More failed files than this are a defect of the change, not of a busy machine. */
const MOST_FILES_AGAIN = 5;

const plan = planOf(process.argv.slice(2), process.env['LODESTONE_ENGINES']);
const times: FileTime[] = [];
const reports = mkdtempSync(path.join(tmpdir(), 'lodestone-test-'));
process.once('exit', () => rmSync(reports, { recursive: true, force: true }));

if (plan.watch) {
  process.exitCode = await runNode(vitestArgs('watch', plan.rest), environment());
} else {
  const started = performance.now();
  if (plan.suites.length > 1) await installChromium();
  const unit = plan.suites.some((suite) => suite !== 'e2e') ? vitest() : undefined;
  const e2e = plan.suites.includes('e2e') ? playwright(unit) : undefined;
  const tallies = (await Promise.all([unit, e2e])).filter((tally) => tally !== undefined);
  const whole = total(tallies);
  const minutes = ((performance.now() - started) / 60_000).toFixed(1);
  process.stdout.write(
    ['', ...slowestLines(times), ...retriedLines(whole), `took ${minutes} minutes`, closingLine(whole), ''].join('\n'),
  );
  process.exitCode = allWell(whole) ? 0 : 1;
}

/** Before both runners start: they must not install it at the same time. If that fails, they say so. */
async function installChromium(): Promise<void> {
  const { MEMORY_FILE } = await import('./engines/chosen.ts');
  const { ensureBrowser } = await import('./engines/install.ts');
  const say = (line: string): void => console.error(line);
  await ensureBrowser('chromium', { memoryFile: MEMORY_FILE, say }).catch(() => undefined);
}

/**
 * On CI, failed files run again: in processes of their own, because an engine whose memory is exhausted fails every test that
 * follows, and when nothing else runs, because CI machines are busy at times. Locally, the first failure shows.
 */
async function vitest(): Promise<Tally> {
  console.log('Unit, property and browser tests (Vitest)');
  const first = await runVitest(plan.rest);
  times.push(...vitestTimes(first.report, ROOT));
  const files = failedFiles(first.report);
  if (process.env['CI'] === undefined || files.length === 0 || files.length > MOST_FILES_AGAIN) return first.tally;
  console.log(`\nOnce more, alone: ${files.length} failed file(s)`);
  const again = await runVitest(files);
  return tallyWithSecondRun(first.tally, first.report, again.tally);
}

async function runVitest(files: readonly string[]): Promise<{ report: unknown; tally: Tally }> {
  const file = path.join(reports, 'vitest.json');
  rmSync(file, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const exitCode = await runNode([...vitestArgs('run', files), ...reporters], {
    ...environment(),
    ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }),
  });
  const report = readReport(file);
  return { report, tally: tallyVitest(report, exitCode) };
}

/** Projects are `node`, `node-alone` and one for each engine. */
function vitestArgs(command: 'run' | 'watch', files: readonly string[]): string[] {
  const projects = plan.suites.includes('unit') ? [] : ['--project=!node*'];
  const config = '--config=packages/tools/vitest.config.ts';
  return [SOURCE, commandOf('vitest', 'vitest'), command, config, ...projects, ...files];
}

/** @param unit Vitest's run; end-to-end tests mostly wait, so they run at the same time, and their output follows */
async function playwright(unit?: Promise<Tally>): Promise<Tally> {
  if (plan.extent !== 'usual') await unit; // three engines are enough work
  const title = (): void => console.log('\nEnd-to-end tests (Playwright)');
  const shown = unit?.then(title);
  if (!unit) title();
  const report = path.join(reports, 'playwright.json');
  const cli = [
    SOURCE,
    commandOf('@playwright/test', 'playwright'),
    'test',
    '--config=packages/e2e/playwright.config.ts',
  ];
  const leftOut = LEFT_OUT[plan.extent];
  const selection = leftOut.length > 0 ? [`--grep-invert=${leftOut.join('|')}`] : [];
  const env = { ...environment(), PLAYWRIGHT_JSON_OUTPUT_NAME: report };
  const exitCode = await runNode([...cli, '--reporter=list,json', ...selection, ...plan.rest], env, shown);
  const written = readReport(report);
  times.push(...playwrightTimes(written));
  return tallyPlaywright(written, exitCode);
}

function environment(): Record<string, string> {
  return { LODESTONE_ENGINES: plan.engines, LODESTONE_TESTS: plan.extent };
}

/** The runner's report, or `undefined` if it ended before it wrote one. */
function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
