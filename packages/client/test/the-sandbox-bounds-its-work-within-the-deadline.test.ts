/** What the sandbox bounds by itself ends before the guard’s deadline for the item, so that findings are kept and no sandbox is replaced. */
import { LIMITS, SCAN_LIMITS } from '@lodestone/protocol';
import { expect, test } from 'vitest';
import { allowedMs, DEADLINES } from '../src/content/deadlines.ts';

test.for([0, 1_000_000, LIMITS.contentBytes])('of an item of %d bytes', (bytes) => {
  const deadline = allowedMs(DEADLINES.scan, bytes);
  expect(SCAN_LIMITS.containerMs + bytes * SCAN_LIMITS.containerMsPerByte).toBeLessThan(deadline);
  expect(SCAN_LIMITS.videoMs + bytes * SCAN_LIMITS.videoMsPerByte).toBeLessThan(deadline);
  expect(SCAN_LIMITS.animationMs).toBeLessThan(deadline);
});
