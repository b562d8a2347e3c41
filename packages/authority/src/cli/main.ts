#!/usr/bin/env node
/** `lodestone-authority`: prints results to standard output; an error is one line on standard error, and the exit code is 1. */
import { LodestoneError } from '@lodestone/protocol/error';
import { program } from './program.ts';

try {
  await program().parseAsync();
} catch (error) {
  if (!(error instanceof LodestoneError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
