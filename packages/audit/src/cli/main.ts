#!/usr/bin/env node
/** `lodestone-audit`: the command line of program.ts, as a program. Loads it only under a Node that can run it. */
import { oldNode } from '@lodestone/protocol/node-version';
import { EXIT_CODES } from '../report/report.ts';

const reason = oldNode('lodestone-audit', process.versions.node);
if (reason === undefined) {
  const { run } = await import('./program.ts');
  await run(process.argv.slice(2));
} else {
  console.error(reason);
  process.exitCode = EXIT_CODES.error;
}
