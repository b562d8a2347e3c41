#!/usr/bin/env node
/**
 * `lodestone-receiver`: the receiver's command line. Results go to standard output, everything else to standard error.
 * Flow: here → program. Spec: docs/design/receiver.md.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { program } from './program.ts';

try {
  await program().parseAsync();
} catch (error) {
  if (!(error instanceof LodestoneError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
