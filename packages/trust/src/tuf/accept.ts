/**
 * The rules of the client workflow, one function per role: may this metadata replace the trusted one?
 * Pure except for signature checks: no clock, network or storage. refresh.ts has the order of the steps.
 * Spec: docs/design/signed-inputs.md#tuf-client, TUF 1.0 §5.3 to §5.6; each check names its clause
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { fromInstant } from '@lodestone/protocol/time';
import { sha256Hex } from '../digest.ts';
import {
  type MetaFile,
  parseMetadata,
  type Role,
  type RootSigned,
  type SignedOf,
  type SnapshotSigned,
  type TargetsSigned,
  type TimestampSigned,
} from './metadata.ts';
import { checkSignatures } from './signatures.ts';

/** 5.2 The pinned root. It may have expired. Like every root it must be signed by its own keys. */
export async function acceptFirstRoot(bytes: Uint8Array): Promise<RootSigned> {
  const metadata = parseMetadata('root', bytes);
  await checkSignatures(metadata.signed, 'root', metadata);
  return metadata.signed;
}

export async function acceptNextRoot(trusted: RootSigned, bytes: Uint8Array): Promise<RootSigned> {
  const metadata = parseMetadata('root', bytes);
  // 5.3.4 Arbitrary software attack: the old keys and its own keys must have signed.
  await checkSignatures(trusted, 'root', metadata);
  await checkSignatures(metadata.signed, 'root', metadata);
  // 5.3.5 Rollback attack: exactly the next version.
  if (metadata.signed.version !== trusted.version + 1) {
    throw rollback('root', `version ${metadata.signed.version}, expected ${trusted.version + 1}`);
  }
  return metadata.signed;
}

/** 5.3.11 Does the next root replace, add or remove a key of the role? Then the role's versions begin again. */
export function keysChanged(role: Role, before: RootSigned, after: RootSigned): boolean {
  return before.roles[role].keyids.toSorted().join() !== after.roles[role].keyids.toSorted().join();
}

/** Checks the form and signatures of a role's metadata under the trusted root. */
export async function acceptSigned<R extends Role>(root: RootSigned, role: R, bytes: Uint8Array): Promise<SignedOf[R]> {
  const metadata = parseMetadata(role, bytes);
  await checkSignatures(root, role, metadata);
  return metadata.signed;
}

/** 5.4.3 Rollback attack. `same` if the version is the trusted one: the new file is then discarded without an error. */
export function compareTimestamp(trusted: TimestampSigned, next: TimestampSigned): 'newer' | 'same' {
  if (next.version < trusted.version) {
    throw rollback('timestamp', `version ${next.version} is older than the trusted version ${trusted.version}`);
  }
  if (next.version === trusted.version) return 'same';
  const [before, after] = [trusted.meta['snapshot.json'].version, next.meta['snapshot.json'].version];
  if (after < before)
    throw rollback('timestamp', `names snapshot version ${after}, older than the trusted version ${before}`);
  return 'newer';
}

/** 5.5.2 to 5.5.5 */
export async function acceptSnapshot(
  root: RootSigned,
  timestamp: TimestampSigned,
  trusted: SnapshotSigned | undefined,
  bytes: Uint8Array,
): Promise<SnapshotSigned> {
  const snapshot = await acceptNamed(root, 'snapshot', timestamp.meta['snapshot.json'], bytes);
  // 5.5.5 Rollback attack. The schema requires that targets.json stays listed.
  const [before, after] = [trusted?.meta['targets.json'].version ?? 0, snapshot.meta['targets.json'].version];
  if (after < before)
    throw rollback('snapshot', `names targets version ${after}, older than the trusted version ${before}`);
  return snapshot;
}

/** 5.6.2 to 5.6.4 */
export async function acceptTargets(
  root: RootSigned,
  snapshot: SnapshotSigned,
  bytes: Uint8Array,
): Promise<TargetsSigned> {
  return acceptNamed(root, 'targets', snapshot.meta['targets.json'], bytes);
}

/** Checks metadata against the version and digest that another role names, to refuse mix-and-match. */
async function acceptNamed<R extends 'snapshot' | 'targets'>(
  root: RootSigned,
  role: R,
  named: MetaFile,
  bytes: Uint8Array,
): Promise<SignedOf[R]> {
  // 5.5.2, 5.6.2 Length and digest; safe before the signatures, because the naming role's were checked.
  if (named.length !== undefined && named.length !== bytes.length) {
    throw new LodestoneError(
      'ERR_TRUST_DIGEST',
      `${role}.json: ${bytes.length} bytes, but ${named.length} were signed`,
    );
  }
  if (named.hashes && named.hashes.sha256 !== sha256Hex(bytes)) {
    throw new LodestoneError('ERR_TRUST_DIGEST', `${role}.json: its digest is not the signed ${named.hashes.sha256}`);
  }
  // 5.5.3, 5.6.3 Arbitrary software attack.
  const signed = await acceptSigned(root, role, bytes);
  // 5.5.4, 5.6.4 The named version.
  if (signed.version !== named.version) {
    throw new LodestoneError(
      'ERR_TRUST_METADATA',
      `${role}.json: version ${signed.version}, but ${named.version} was signed`,
    );
  }
  return signed;
}

/** 5.3.10, 5.4.4, 5.5.6, 5.6.5 Freeze attack: `now` is the fixed start time of the update. */
export function checkNotExpired(role: Role, { expires }: SignedOf[Role], now: number): void {
  if (fromInstant(expires) <= now) {
    throw new LodestoneError('ERR_TRUST_EXPIRED', `${role}.json: expired on ${expires}`);
  }
}

function rollback(role: Role, why: string): LodestoneError<'ERR_TRUST_ROLLBACK'> {
  return new LodestoneError('ERR_TRUST_ROLLBACK', `${role}.json: ${why}`);
}
