#!/usr/bin/env node
/**
 * `lodestone-audit`: reports go to standard output, progress and errors to standard error.
 * Exit codes: EXIT_CODES.
 * Spec: docs/design/audit.md#claims
 */
import { CommanderError } from 'commander';
import { LodestoneError } from '@lodestone/protocol/error';
import { EXIT_CODES } from '../report/report.ts';
import { program } from './program.ts';

try {
  await program().parseAsync();
} catch (error) {
  // Commander has printed the error or the help.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_CODES.error;
  else if (error instanceof LodestoneError) {
    console.error(`${error.code}: ${error.message}`);
    process.exitCode = EXIT_CODES.error;
  } else {
    // A defect of this program. Node would exit with 1, which means that a claim fails.
    console.error(error);
    process.exitCode = EXIT_CODES.error;
  }
}
