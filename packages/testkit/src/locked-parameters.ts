/** Parameters of a locked list for tests: those of a small list, with the fastest slow hash that there is. */
import type { LockedParameters } from '@lodestone/protocol/locked-rows';

export const LOCKED_PARAMETERS: LockedParameters = {
  bits: 96,
  subsets: 16,
  slots: 4,
  tries: 8_192,
  memoryKiB: 8,
  salt: new Uint8Array(32).fill(7),
  tablesDigest: new Uint8Array(32),
};
