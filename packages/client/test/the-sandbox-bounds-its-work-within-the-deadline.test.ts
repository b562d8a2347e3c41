/** What the sandbox bounds by itself ends before the guard’s deadline for the item, so that findings are kept and no sandbox is replaced. */
import { LIMITS } from '@lodestone/protocol';
import { expect, test } from 'vitest';
import { allowedMs, DEADLINES } from '../src/content/deadlines.ts';

test.for([0, 1_000_000, LIMITS.contentBytes])('of an item of %d bytes', (bytes) => {
  const deadline = allowedMs(DEADLINES.scan, bytes);
  expect(LIMITS.containerMs + bytes * LIMITS.containerMsPerByte).toBeLessThan(deadline);
  expect(LIMITS.videoMs + bytes * LIMITS.videoMsPerByte).toBeLessThan(deadline);
  expect(LIMITS.animationMs).toBeLessThan(deadline);
});
