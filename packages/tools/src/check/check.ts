/**
 * `npm run check`: every check that does not run the code: types, lint, format, unused code, documentation, sandbox lock, packed packages.
 * Promise: each step prints one line, and its tool's output if it failed; all steps run, even after a failure; the last line
 * sums up, and the exit code is 0 only if every step is clean.
 */
import path from 'node:path';
import { runScript } from '../build/package-scripts.ts';
import { commandOf, type Outcome, ROOT, runQuietly, SOURCE } from '../run/program.ts';
import { lintCommand } from './lint.ts';
import { checkPacked } from './packed.ts';
import { checkSizes } from './sizes.ts';

interface Step {
  readonly name: string;
  readonly what: string;
  run(): Promise<Outcome>;
}

const STEPS: readonly Step[] = [
  { name: 'types', what: 'tsc -b packages', run: () => node(commandOf('typescript', 'tsc'), '-b', 'packages') },
  { name: 'lint', what: 'oxlint, with types and package borders', run: lint },
  {
    name: 'format',
    what: 'oxfmt --check',
    run: () => node(commandOf('oxfmt', 'oxfmt'), '--config=.oxfmtrc.json', '--check', '.'),
  },
  {
    name: 'unused',
    what: 'knip: unused code, files and dependencies',
    run: () => node(commandOf('knip', 'knip'), '--config=packages/tools/knip.config.ts', '--no-config-hints'),
  },
  {
    name: 'docs',
    what: 'links between pages; samples compile; the site builds',
    run: () => node(SOURCE, path.join(ROOT, 'packages/tools/src/docs.ts')),
  },
  { name: 'sandbox', what: 'the sandbox matches sandbox.lock.json', run: () => runScript('lock:check') },
  { name: 'sizes', what: 'what a host loads, bundled by Vite, is within its budgets', run: checkSizes },
  { name: 'packed', what: 'publint and arethetypeswrong on each tarball', run: checkPacked },
];

const failed: string[] = [];
for (const step of STEPS) {
  const started = performance.now();
  const { exitCode, output } = await step.run();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${exitCode === 0 ? 'ok    ' : 'FAILED'} ${step.name.padEnd(7)} ${step.what} (${seconds} s)`);
  if (exitCode !== 0) {
    failed.push(step.name);
    console.log(`${output.trimEnd()}\n`);
  }
}
console.log(
  failed.length === 0
    ? `check: all ${STEPS.length} steps are clean`
    : `check: ${failed.length} of ${STEPS.length} steps failed: ${failed.join(', ')}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function node(...args: string[]): Promise<Outcome> {
  return runQuietly(process.execPath, args, ROOT);
}

function lint(): Promise<Outcome> {
  const [program = '', ...args] = lintCommand();
  return runQuietly(program, [...args, 'packages', 'examples', 'models'], ROOT);
}
