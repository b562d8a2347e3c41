/**
 * The types of the TUF client workflow: the state between refreshes, the fetch function and the result; and which of two
 * states is newer.
 * Flow: updater → refresh → TrustedTargets. Spec: docs/design/signed-inputs.md#tuf-client, TUF 1.0 §5
 */
import type { Digest } from '@lodestone/protocol/digest';
import type { TargetFile, TargetPath } from '@lodestone/protocol/paths';
import type { Instant } from '@lodestone/protocol/time';
import { sha256Hex } from '../digest.ts';
import type { RoleKeys } from './metadata.ts';

/** Trusted metadata, byte for byte as fetched. `root` is the pinned root at first, later its newest successor. */
export interface TufState {
  root: Uint8Array;
  timestamp?: Uint8Array;
  snapshot?: Uint8Array;
  targets?: Uint8Array;
  /** Digests of the roots before `root`, from the pinned one on. A host's pin among them is satisfied. */
  earlierRoots?: readonly Digest[];
  /** Digest of the root that began the targets keys. Absent: the pinned root. */
  targetsKeysSince?: Digest;
}

export function targetsKeysSince(state: TufState): Digest {
  return state.targetsKeysSince ?? sha256Hex(state.root);
}

/**
 * Fetches a file by its path in the repository, such as `metadata/timestamp.json`. Returns
 * `undefined` for 404 and throws for any other failure. May stop reading after `maxBytes`.
 */
export type TufGet = (path: string, maxBytes: number) => Promise<Uint8Array | undefined>;

/** What stored metadata proves, verified again without network and whatever the time. */
export interface TrustedState {
  rootVersion: number;
  /** The targets role of the trusted root. `isStillSigned` compares earlier signers with it. */
  targetsKeys: RoleKeys;
  /** Undefined before the first contact, and after a root that replaces the timestamp's keys. */
  timestamp?: TrustedTimestamp;
  /** Undefined before the first complete refresh, and after a root that replaces the targets' keys. */
  targets?: TrustedTargets;
  /** Ids of the keys that signed the targets; empty without targets. */
  signers: readonly Digest[];
}

export interface TrustedTimestamp {
  version: number;
  issued: Instant;
  expires: Instant;
}

/** The files that an authority signs, after every check of the client workflow. */
export interface TrustedTargets {
  /** Of targets.json. */
  version: number;
  rootVersion: number;
  timestampVersion: number;
  /**
   * Digest of the root that began the current targets keys. A version of a list or model is a lower bound for its successor
   * only while this stays the same: afterwards it may be a thief's.
   */
  keysSince: Digest;
  files: ReadonlyMap<TargetPath, TargetFile>;
}

/**
 * Less than zero if `a` is older than `b`: by root, then by timestamp, because a root that replaces the timestamp's keys lets
 * its versions begin again.
 */
export function compareTrust(a: TrustVersions, b: TrustVersions): number {
  return a.rootVersion - b.rootVersion || a.timestampVersion - b.timestampVersion;
}

export type TrustVersions = Pick<TrustedTargets, 'rootVersion' | 'timestampVersion'>;
