#!/usr/bin/env node
/** `lodestone-authority`: results go to standard output; an error is one sentence on standard error, and exit code 1. */
import { LodestoneError } from '@lodestone/protocol/error';
import { program } from './program.ts';

try {
  await program().parseAsync();
} catch (error) {
  if (!(error instanceof LodestoneError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
