#!/usr/bin/env node
/** `lodestone-authority`: the command line of program.ts, as a program. */
import { run } from './program.ts';

await run(process.argv.slice(2));
