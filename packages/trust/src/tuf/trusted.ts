/**
 * Stored metadata read again, as at the start of an app: nothing is fetched, and nothing is believed unverified.
 * Spec: TUF 1.0 §5.6; DESIGN §5 (a trusted release outlives expired metadata).
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { acceptFirstRoot, acceptSigned, acceptSnapshot, acceptTargets } from './accept.ts';
import { trustedFiles } from './files.ts';
import type { RootSigned } from './metadata.ts';
import type { TrustedTargets, TufState } from './state.ts';

/**
 * Stored state, verified again but for expiry. `undefined` where it holds no targets yet, or holds some that the keys
 * of a newer root do not vouch for. `timestampVersion` is 0 where the last refresh did not come to its end.
 * @throws {LodestoneError} as `refresh` does, where the stored root is not one
 */
export async function readTrusted(state: TufState): Promise<TrustedTargets | undefined> {
  const root = await acceptFirstRoot(state.root);
  if (!state.targets) return undefined;
  const targets = await acceptSigned(root, 'targets', state.targets).catch(onlyRefused);
  if (!targets) return undefined;
  return {
    version: targets.version,
    timestampVersion: (await completeTimestamp(root, state)) ?? 0,
    files: trustedFiles(targets),
  };
}

/** Version of the timestamp, where it leads to the stored targets without a gap. */
async function completeTimestamp(
  root: RootSigned,
  { timestamp: timestampBytes, snapshot: snapshotBytes, targets: targetsBytes }: TufState,
): Promise<number | undefined> {
  if (!timestampBytes || !snapshotBytes || !targetsBytes) return undefined;
  const chain = async (): Promise<number> => {
    const timestamp = await acceptSigned(root, 'timestamp', timestampBytes);
    const snapshot = await acceptSnapshot(root, timestamp, undefined, snapshotBytes);
    await acceptTargets(root, snapshot, targetsBytes);
    return timestamp.version;
  };
  return chain().catch(onlyRefused);
}

function onlyRefused(error: unknown): undefined {
  if (error instanceof LodestoneError && error.code !== 'ERR_UNSUPPORTED') return undefined;
  throw error;
}
