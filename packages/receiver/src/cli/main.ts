#!/usr/bin/env node
/** `lodestone-receiver`: the provider's side from the command line. Results go to standard output, all else to standard error. */
import { LodestoneError } from '@lodestone/protocol/error';
import { program } from './program.ts';

try {
  await program().parseAsync();
} catch (error) {
  if (!(error instanceof LodestoneError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
