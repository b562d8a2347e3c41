/**
 * Does the root that the host ships match the trusted roots of a source? Pure.
 * Flow: host's options and storage → here → stored-inputs. Promise: a newer pin takes over, also without a network; an
 * older release of the host, open in another tab, never undoes it. Spec: docs/design/signed-inputs.md#pinned-roots
 */
import type { Digest } from '@lodestone/protocol';
import { sha256Hex, type TufState } from '@lodestone/trust';
import type { StoredSource } from '../storage/records.ts';

/** The root in the host's options. */
export interface Pin {
  root: Uint8Array;
  digest: Digest;
  version: number;
}

export type PinRelation =
  /** Nothing is stored of the source. */
  | 'first'
  /** The trusted roots contain it. */
  | 'satisfied'
  /** Of an older release of the host: the trusted root stays. */
  | 'older'
  /** Of a newer release of the host: it becomes the trusted root. */
  | 'newer';

export function relationOf({ digest, version }: Omit<Pin, 'root'>, stored: StoredSource | undefined): PinRelation {
  if (!stored) return 'first';
  if (rootsOf(stored.state).includes(digest)) return 'satisfied';
  const isOlder = stored.replaced.includes(digest) || version < stored.versions.rootVersion;
  return isOlder ? 'older' : 'newer';
}

/**
 * The record after a newer pin has taken over. Metadata stays, and counts as far as the keys of the new root have signed it.
 */
export function withPin(pin: Pin, stored: StoredSource | undefined): StoredSource {
  if (!stored)
    return {
      state: { root: pin.root },
      versions: { rootVersion: pin.version, timestampVersion: 0 },
      era: 0,
      replaced: [],
      hasAnswered: false,
    };
  const { timestamp, snapshot, targets } = stored.state;
  return {
    ...stored,
    state: {
      root: pin.root,
      ...(timestamp && { timestamp }),
      ...(snapshot && { snapshot }),
      ...(targets && { targets }),
    },
    versions: { ...stored.versions, rootVersion: pin.version },
    era: stored.era + 1,
    replaced: [...new Set([...stored.replaced, ...rootsOf(stored.state)])],
  };
}

/** Digests of the trusted roots, from the pinned one to the newest. */
function rootsOf({ root, earlierRoots = [] }: TufState): Digest[] {
  return [...earlierRoots, sha256Hex(root)];
}
