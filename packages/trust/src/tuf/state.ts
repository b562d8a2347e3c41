/**
 * The types of the TUF client workflow: the state between refreshes, the fetch function and the result.
 * Flow: updater → refresh → TrustedTargets. Spec: docs/design/signed-inputs.md#tuf-client, TUF 1.0 §5
 */
import type { TargetFile, TargetPath } from '@lodestone/protocol/paths';

/** Trusted metadata, byte for byte as fetched. `root` is the pinned root at first, later its newest successor. */
export interface TufState {
  root: Uint8Array;
  timestamp?: Uint8Array;
  snapshot?: Uint8Array;
  targets?: Uint8Array;
}

/**
 * Fetches a file by its path in the repository, such as `metadata/timestamp.json`. Returns
 * `undefined` for 404 and throws for any other failure. May stop reading after `maxBytes`.
 */
export type TufGet = (path: string, maxBytes: number) => Promise<Uint8Array | undefined>;

/** The files that an authority signs, after every check of the client workflow. */
export interface TrustedTargets {
  /** Of targets.json. */
  version: number;
  timestampVersion: number;
  files: ReadonlyMap<TargetPath, TargetFile>;
}
