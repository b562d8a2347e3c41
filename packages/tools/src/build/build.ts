/**
 * `npm run build`: makes generated files, then every package's `dist` as it is published. The build fails if the sandbox
 * differs from `packages/sandbox/sandbox.lock.json`; `--update` accepts the new sandbox and updates that file.
 * Promise: no file of an earlier build stays in a `dist`; the last line reports the result.
 */
import { parseArgs } from 'node:util';
import { commandOf, runNode } from '../run/program.ts';
import { builtFolders, finishDist } from './dist.ts';
import { generate } from './generated.ts';
import { runScript } from './package-scripts.ts';

const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } });
const started = performance.now();
const folders = builtFolders();

await generate();
const locks = await runScript(values.update ? 'lock:update' : 'lock:check');
const compiled = await runNode([commandOf('typescript', 'tsc'), '-b', ...folders]);
const stale = finishDist();
const failures = [
  ...(locks.exitCode === 0 ? [] : [locks.output.trim()]),
  ...(compiled === 0 ? [] : ['the compiler reported errors']),
];

const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(
  failures.length === 0
    ? `build: ${folders.length} packages built, ${stale} stale files removed (${seconds} s)`
    : `build: failed: ${failures.join('; ')} (${seconds} s)`,
);
process.exitCode = failures.length === 0 ? 0 : 1;
