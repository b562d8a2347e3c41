/**
 * `npm run build`: what is generated, then every package's `dist` as it is published. `--update` writes down that the sandbox
 * is another one now (`packages/sandbox/sandbox.lock.json`); without it a sandbox that is not the agreed one fails the build.
 * Promise: nothing of an earlier build is left in a `dist`; the last line says how it went.
 */
import { parseArgs } from 'node:util';
import { differenceFromLock, updateLock } from '../../../sandbox/build/lock.ts';
import { commandOf, runNode } from '../run/program.ts';
import { builtFolders, finishDist } from './dist.ts';
import { generate } from './generated.ts';

const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } });
const started = performance.now();
const folders = builtFolders();

await generate();
if (values.update) await updateLock();
const difference = await differenceFromLock();
const compiled = await runNode([commandOf('typescript', 'tsc'), '-b', ...folders]);
const stale = finishDist();
const faults = [
  ...(difference === undefined ? [] : [difference]),
  ...(compiled === 0 ? [] : ["the compiler's complaints are above"]),
];

const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(
  faults.length === 0
    ? `build: ${folders.length} packages are in their dist, ${stale} stale files removed (${seconds} s)`
    : `build: failed, ${faults.join('; ')} (${seconds} s)`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
