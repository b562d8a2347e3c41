/**
 * Reads stored metadata when the app starts: verifies it again and fetches nothing. A trusted release stays valid after its
 * metadata expires. Spec: docs/design/signed-inputs.md#storage, TUF 1.0 §5.6
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { acceptFirstRoot, acceptSigned, acceptSnapshot, acceptTargets } from './accept.ts';
import { trustedFiles } from './files.ts';
import { type Metadata, parseMetadata, type Role, type RootSigned } from './metadata.ts';
import { checkSignatures } from './signatures.ts';
import {
  targetsKeysSince,
  type TrustedState,
  type TrustedTargets,
  type TrustedTimestamp,
  type TufState,
} from './state.ts';

/**
 * Stored state, verified again except for expiry.
 * @throws {LodestoneError} as `refresh`, if the stored root is invalid
 */
export async function readTrustedState(state: TufState): Promise<TrustedState> {
  const root = await acceptFirstRoot(state.root);
  const timestamp = state.timestamp && (await acceptSigned(root, 'timestamp', state.timestamp).catch(onlyRefused));
  const targets = state.targets && parse('targets', state.targets);
  const signers = targets && (await checkSignatures(root, 'targets', targets).catch(onlyRefused));
  return {
    rootVersion: root.version,
    targetsKeys: root.roles.targets,
    ...(timestamp && {
      timestamp: { version: timestamp.version, issued: timestamp.issued, expires: timestamp.expires },
    }),
    ...(signers && {
      targets: {
        version: targets.signed.version,
        rootVersion: root.version,
        timestampVersion: (await completeTimestamp(root, state)) ?? 0,
        keysSince: targetsKeysSince(state),
        files: trustedFiles(targets.signed),
      },
    }),
    signers: signers ?? [],
  };
}

/**
 * Root and timestamp of a state whose metadata was accepted. Checks their form, and no signature.
 * @throws {LodestoneError} `ERR_TRUST_METADATA`, `ERR_SIZE`
 */
export function versionsOf({ root, timestamp }: TufState): { rootVersion: number; timestamp?: TrustedTimestamp } {
  const signed = timestamp && parseMetadata('timestamp', timestamp).signed;
  return {
    rootVersion: parseMetadata('root', root).signed.version,
    ...(signed && { timestamp: { version: signed.version, issued: signed.issued, expires: signed.expires } }),
  };
}

/**
 * The targets of a stored state. Returns `undefined` if it has none yet, or targets that the keys of a newer root did not
 * sign. `timestampVersion` is 0 if the last refresh was interrupted.
 * @throws {LodestoneError} as `refresh`, if the stored root is invalid
 */
export async function readTrusted(state: TufState): Promise<TrustedTargets | undefined> {
  return (await readTrustedState(state)).targets;
}

function parse<R extends Role>(role: R, bytes: Uint8Array): Metadata<R> | undefined {
  try {
    return parseMetadata(role, bytes);
  } catch (error) {
    return onlyRefused(error);
  }
}

/** Version of the timestamp, if it leads to the stored targets without a gap. */
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
