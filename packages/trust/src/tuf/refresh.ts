/**
 * The TUF client workflow: from a pinned root to the files that an authority currently signs.
 * Flow: updater or `lodestone-authority verify` → here → accept.ts. Promise: only accepted metadata is saved, and a refused
 * refresh leaves the saved state usable. Spec: docs/design/signed-inputs.md#tuf-client, TUF 1.0 §5.1 to §5.6
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { LIMITS } from '@lodestone/protocol/limits';
import { sha256Hex } from '../digest.ts';
import {
  acceptFirstRoot,
  acceptNextRoot,
  acceptSigned,
  acceptSnapshot,
  acceptTargets,
  checkNotExpired,
  compareTimestamp,
  keysChanged,
} from './accept.ts';
import { trustedFiles } from './files.ts';
import {
  maxBytesOf,
  type RootSigned,
  type SnapshotSigned,
  type TargetsSigned,
  type TimestampSigned,
} from './metadata.ts';
import { targetsKeysSince, type TrustedTargets, type TufGet, type TufState } from './state.ts';

export interface RefreshOptions {
  state: TufState;
  get: TufGet;
  /** 5.1 The fixed update start time, in ms since 1970. */
  now: number;
  /** Called and awaited at each point where the specification requires persistence. */
  save: (state: TufState) => Promise<void>;
}

/** An accepted role, and the state that was saved with it. */
interface Step<S> {
  state: TufState;
  signed: S;
}

/**
 * @throws {LodestoneError} `ERR_TRUST_SIGNATURE`, `ERR_TRUST_ROLLBACK`, `ERR_TRUST_EXPIRED`, `ERR_TRUST_DIGEST`,
 * `ERR_TRUST_METADATA`, `ERR_TRUST_MISSING`, `ERR_SIZE`; and any error of `get` and `save`
 */
export async function refresh(options: RefreshOptions): Promise<{ state: TufState; targets: TrustedTargets }> {
  const root = await updateRoot(options);
  const timestamp = await updateTimestamp(options, root);
  const snapshot = await updateSnapshot(options, root.signed, timestamp);
  const targets = await updateTargets(options, root.signed, snapshot);
  return {
    state: targets.state,
    targets: {
      version: targets.signed.version,
      rootVersion: root.signed.version,
      timestampVersion: timestamp.signed.version,
      keysSince: targetsKeysSince(targets.state),
      files: trustedFiles(targets.signed),
    },
  };
}

/** 5.2, 5.3 */
async function updateRoot({ state: stored, get, now, save }: RefreshOptions): Promise<Step<RootSigned>> {
  let state = stored;
  let root = await acceptFirstRoot(state.root);
  for (let rotations = 0; rotations < LIMITS.rootRotations; rotations++) {
    const bytes = await get(`metadata/${root.version + 1}.root.json`, maxBytesOf('root'));
    if (!bytes) break;
    const next = await acceptNextRoot(root, bytes);
    // 5.3.8 and 5.3.11 in one save: versions that replaced keys signed are forgotten together with the old root.
    state = succeeded(state, root, next, bytes);
    await save(state);
    root = next;
  }
  checkNotExpired('root', root, now);
  return { state, signed: root };
}

/**
 * The state after a next root. 5.3.11 deletes timestamp and snapshot if the keys of either change. The snapshot also goes
 * if targets keys change, because it holds the lowest version of targets.json that is accepted: a thief may have raised it.
 */
function succeeded(before: TufState, root: RootSigned, next: RootSigned, bytes: Uint8Array): TufState {
  const { timestamp, snapshot, ...state } = before;
  const onlineChanged = keysChanged('timestamp', root, next) || keysChanged('snapshot', root, next);
  const targetsChanged = keysChanged('targets', root, next);
  return {
    ...state,
    ...(timestamp && !onlineChanged && { timestamp }),
    ...(snapshot && !onlineChanged && !targetsChanged && { snapshot }),
    root: bytes,
    earlierRoots: [...(before.earlierRoots ?? []), sha256Hex(before.root)],
    targetsKeysSince: targetsChanged ? sha256Hex(bytes) : targetsKeysSince(before),
  };
}

/** 5.4 */
async function updateTimestamp(
  { get, now, save }: RefreshOptions,
  { state, signed: root }: Step<RootSigned>,
): Promise<Step<TimestampSigned>> {
  const bytes = await fetched(get, 'timestamp', 'metadata/timestamp.json');
  const next = await acceptSigned(root, 'timestamp', bytes);
  const trusted = await stillTrusted(state.timestamp, (stored) => acceptSigned(root, 'timestamp', stored));
  if (trusted && compareTimestamp(trusted, next) === 'same') {
    // The last refresh may have stopped between two roles, so this one continues from the trusted timestamp.
    checkNotExpired('timestamp', trusted, now);
    return { state, signed: trusted };
  }
  checkNotExpired('timestamp', next, now);
  const saved = { ...state, timestamp: bytes };
  await save(saved);
  return { state: saved, signed: next };
}

/** 5.5 */
async function updateSnapshot(
  { get, now, save }: RefreshOptions,
  root: RootSigned,
  { state, signed: timestamp }: Step<TimestampSigned>,
): Promise<Step<SnapshotSigned>> {
  const named = timestamp.meta['snapshot.json'];
  const current = await stillTrusted(state.snapshot, (stored) => acceptSnapshot(root, timestamp, undefined, stored));
  if (current) {
    checkNotExpired('snapshot', current, now);
    return { state, signed: current };
  }
  const bytes = await fetched(get, 'snapshot', `metadata/${named.version}.snapshot.json`, named.length);
  const trusted = await stillTrusted(state.snapshot, (stored) => acceptSigned(root, 'snapshot', stored));
  const next = await acceptSnapshot(root, timestamp, trusted, bytes);
  checkNotExpired('snapshot', next, now);
  const saved = { ...state, snapshot: bytes };
  await save(saved);
  return { state: saved, signed: next };
}

/** 5.6 */
async function updateTargets(
  { get, now, save }: RefreshOptions,
  root: RootSigned,
  { state, signed: snapshot }: Step<SnapshotSigned>,
): Promise<Step<TargetsSigned>> {
  const named = snapshot.meta['targets.json'];
  const current = await stillTrusted(state.targets, (stored) => acceptTargets(root, snapshot, stored));
  if (current) {
    checkNotExpired('targets', current, now);
    return { state, signed: current };
  }
  const bytes = await fetched(get, 'targets', `metadata/${named.version}.targets.json`, named.length);
  const next = await acceptTargets(root, snapshot, bytes);
  checkNotExpired('targets', next, now);
  const saved = { ...state, targets: bytes };
  await save(saved);
  return { state: saved, signed: next };
}

async function fetched(
  get: TufGet,
  role: 'timestamp' | 'snapshot' | 'targets',
  path: string,
  length: number = maxBytesOf(role),
): Promise<Uint8Array> {
  const maxBytes = Math.min(length, maxBytesOf(role));
  const bytes = await get(path, maxBytes);
  if (!bytes) throw new LodestoneError('ERR_TRUST_MISSING', `the repository has no ${path}`);
  if (bytes.length > maxBytes) throw new LodestoneError('ERR_SIZE', `${path}: more than ${maxBytes} bytes`);
  return bytes;
}

/**
 * Returns stored metadata if it is still valid under the trusted root and the roles before it. Otherwise (a newer root, a
 * newer snapshot, damaged storage) the caller fetches it again, so no stored byte can block updates permanently.
 */
async function stillTrusted<S>(
  stored: Uint8Array | undefined,
  accept: (bytes: Uint8Array) => Promise<S>,
): Promise<S | undefined> {
  if (!stored) return undefined;
  try {
    return await accept(stored);
  } catch (error) {
    if (error instanceof LodestoneError && error.code !== 'ERR_UNSUPPORTED') return undefined;
    throw error;
  }
}
