/** Asserts that a call throws a LodestoneError with one of these codes. */
import type { ErrorCode } from '@lodestone/protocol';
import { LodestoneError } from '@lodestone/protocol';
import { expect } from 'vitest';

export function refused(run: () => unknown, ...codes: ErrorCode[]): void {
  let outcome: unknown;
  try {
    outcome = ['accepted', run()];
  } catch (error) {
    outcome = error instanceof LodestoneError ? error.code : error;
  }
  expect(codes).toContain(outcome);
}
