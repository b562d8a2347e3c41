/**
 * `npm test`: Vitest (Node and every engine of this run), then Playwright's end-to-end tests.
 * Promise: the last line of the output is `N passed, N failed`, alone on its line; exit code 0 only if that is good.
 * `npm test -- ARGS` gives ARGS to Vitest and leaves Playwright out: `npm test -- packages/pdq --project node`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { commandOf, runNode, SOURCE } from './run/program.ts';
import { allWell, closingLine, retriedLines, tallyPlaywright, tallyVitest, total, type Tally } from './run/tally.ts';

const reports = mkdtempSync(path.join(tmpdir(), 'lodestone-test-'));
process.once('exit', () => rmSync(reports, { recursive: true, force: true }));

const wanted = process.argv.slice(2);
const tallies = [await vitest(wanted)];
if (wanted.length === 0) tallies.push(await playwright());

const whole = total(tallies);
process.stdout.write(['', ...retriedLines(whole), closingLine(whole), ''].join('\n'));
process.exitCode = allWell(whole) ? 0 : 1;

async function vitest(args: readonly string[]): Promise<Tally> {
  console.log('Unit, property and browser tests (Vitest)');
  const report = path.join(reports, 'vitest.json');
  const cli = [SOURCE, commandOf('vitest', 'vitest'), 'run', '--config=packages/tools/vitest.config.ts'];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const exitCode = await runNode([...cli, ...reporters, ...args], process.stdout.isTTY ? {} : { NO_COLOR: '1' });
  return tallyVitest(readReport(report), exitCode);
}

async function playwright(): Promise<Tally> {
  console.log('\nEnd-to-end tests (Playwright)');
  const cli = commandOf('@playwright/test', 'playwright');
  const args = [SOURCE, cli, 'test', '--config=packages/e2e/playwright.config.ts', '--reporter=list,json'];
  const report = path.join(reports, 'playwright.json');
  const exitCode = await runNode(args, { PLAYWRIGHT_JSON_OUTPUT_NAME: report });
  return tallyPlaywright(readReport(report), exitCode);
}

/** What the runner wrote, or nothing where it ended before it could. */
function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
