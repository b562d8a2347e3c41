#!/usr/bin/env node
/**
 * `lodestone-audit`: results go to standard output, progress and faults to standard error.
 * Exit code: 0 every promise that was tested holds, 1 one does not, 2 the test could not be made.
 */
import { CommanderError } from 'commander';
import { LodestoneError } from '@lodestone/protocol/error';
import { EXIT_CODES } from '../report/report.ts';
import { program } from './program.ts';

try {
  await program().parseAsync();
} catch (error) {
  // Commander has said what is wrong, or printed the help that was asked for.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_CODES.usage;
  else if (error instanceof LodestoneError) {
    console.error(`${error.code}: ${error.message}`);
    process.exitCode = EXIT_CODES.usage;
  } else throw error;
}
