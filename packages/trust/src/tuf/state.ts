/**
 * The words of the TUF client workflow: what is kept between refreshes, how metadata is fetched, what comes out.
 * Flow: updater → refresh → TrustedTargets. Spec: The Update Framework 1.0, §5; DESIGN §5.
 */
import type { TargetFile, TargetPath } from '@lodestone/protocol/paths';

/** Trusted metadata, byte for byte as it was fetched. `root` is the pinned root at first, later its newest successor. */
export interface TufState {
  root: Uint8Array;
  timestamp?: Uint8Array;
  snapshot?: Uint8Array;
  targets?: Uint8Array;
}

/**
 * Fetches a file by its path in the repository, such as `metadata/timestamp.json`. `undefined` where the server says
 * that there is none (404); any other failure throws. May stop reading once `maxBytes` are passed.
 */
export type TufGet = (path: string, maxBytes: number) => Promise<Uint8Array | undefined>;

/** The files that an authority vouches for, after every check of the client workflow. */
export interface TrustedTargets {
  /** Of targets.json. */
  version: number;
  timestampVersion: number;
  files: ReadonlyMap<TargetPath, TargetFile>;
}
