#!/usr/bin/env node
/** `lodestone-receiver`: the command line of program.ts, as a program. Loads it only under a Node that can run it. */
import { oldNode } from '@lodestone/protocol/node-version';

const reason = oldNode('lodestone-receiver', process.versions.node);
if (reason === undefined) {
  const { run } = await import('./program.ts');
  await run(process.argv.slice(2));
} else {
  console.error(reason);
  process.exitCode = 1;
}
