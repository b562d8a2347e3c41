#!/usr/bin/env node
/**
 * `lodestone-receiver`: the receiver's command line. Results go to standard output, everything else to standard error.
 * Flow: here → program. Spec: docs/design/receiver.md.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { CommanderError } from 'commander';
import { program } from './program.ts';

try {
  await program().parseAsync();
} catch (error) {
  // Commander has printed its errors, and the help, which it throws as well.
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else if (error instanceof LodestoneError) {
    console.error(`${error.code}: ${error.message}`);
    process.exitCode = 1;
  } else throw error;
}
