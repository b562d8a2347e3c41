/**
 * The four roles of TUF metadata in our profile: canonical JSON, Ed25519 and SHA-256 only, consistent snapshots, no
 * delegations. Unknown fields are kept and included in signatures, as the specification requires.
 * Spec: docs/design/signed-inputs.md#tuf-client, TUF 1.0 §4
 */
import * as z from 'zod/mini';
import { equalBytes, fromUtf8 } from '@lodestone/protocol/bytes';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { LIMITS } from '@lodestone/protocol/limits';
import { Digest } from '@lodestone/protocol/digest';
import { Instant } from '@lodestone/protocol/time';
import { sha256Hex } from '../digest.ts';
import { canonicalJson } from './canonical.ts';
import { trustedFiles } from './files.ts';

export const ROLES = ['root', 'timestamp', 'snapshot', 'targets'] as const;
export type Role = (typeof ROLES)[number];

/** The members that every role's signed part has. */
interface Signed<R extends Role> {
  _type: R;
  spec_version: string;
  version: number;
  expires: Instant;
}

/** May have further members, which the key id covers. */
export interface Key {
  keytype: 'ed25519';
  scheme: 'ed25519';
  /** 32 bytes in hex. */
  keyval: { public: string };
}

/** `threshold` different keys of `keyids` must have signed. */
export interface RoleKeys {
  keyids: Digest[];
  threshold: number;
}

/** Names another metadata file by its version and, optionally, its length and digest. */
export interface MetaFile {
  version: number;
  length?: number | undefined;
  hashes?: { sha256: Digest } | undefined;
}

export interface RootSigned extends Signed<'root'> {
  consistent_snapshot: true;
  /** By key id: the SHA-256 of the key's canonical JSON. */
  keys: Record<Digest, Key>;
  roles: Record<Role, RoleKeys>;
}
export interface TimestampSigned extends Signed<'timestamp'> {
  /** When the authority signed it: the device's lower bound of the current time. A field of our profile. */
  issued: Instant;
  meta: { 'snapshot.json': MetaFile };
}
export interface SnapshotSigned extends Signed<'snapshot'> {
  meta: { 'targets.json': MetaFile };
}
export interface TargetsSigned extends Signed<'targets'> {
  /** May also contain paths of later protocol versions, with other digests. */
  targets: Record<string, { length: number; hashes: Record<string, string> }>;
}

export interface SignedOf {
  root: RootSigned;
  timestamp: TimestampSigned;
  snapshot: SnapshotSigned;
  targets: TargetsSigned;
}

export interface Signature {
  keyid: Digest;
  /** 64 bytes in hex. */
  sig: string;
}

/** Metadata of the right form. signatures.ts checks its signatures. */
export interface Metadata<R extends Role> {
  signed: SignedOf[R];
  /** Without those that are malformed: they prove nothing. */
  signatures: Signature[];
  /** The bytes that the signatures cover. */
  signedBytes: Uint8Array<ArrayBuffer>;
}

const version: z.ZodMiniType<number> = z.int().check(z.gte(1));
const signed = <R extends Role>(role: R) =>
  ({
    _type: z.literal(role),
    spec_version: z.string().check(z.regex(/^1\.\d{1,4}(?:\.\d{1,4})?$/, 'not version 1 of the TUF specification')),
    version,
    expires: Instant,
  }) as const;

const Key: z.ZodMiniType<Key> = z.looseObject({
  keytype: z.literal('ed25519'),
  scheme: z.literal('ed25519'),
  keyval: z.looseObject({ public: z.string().check(z.regex(/^[0-9a-f]{64}$/, 'not 32 bytes in hex')) }),
});

const RoleKeys: z.ZodMiniType<RoleKeys> = z.looseObject({
  keyids: z.array(Digest).check(
    z.minLength(1),
    z.maxLength(32),
    z.refine((ids) => new Set(ids).size === ids.length, 'contains a key id twice'),
  ),
  threshold: version,
});

const MetaFile: z.ZodMiniType<MetaFile> = z.looseObject({
  version,
  length: z.optional(version),
  hashes: z.optional(z.strictObject({ sha256: Digest })),
});

/** The schema of each role's signed part. */
const SIGNED: { readonly [R in Role]: z.ZodMiniType<SignedOf[R]> } = {
  root: z.looseObject({
    ...signed('root'),
    consistent_snapshot: z.literal(true),
    keys: z.record(Digest, Key),
    roles: z.strictObject({ root: RoleKeys, timestamp: RoleKeys, snapshot: RoleKeys, targets: RoleKeys }),
  }),
  timestamp: z.looseObject({
    ...signed('timestamp'),
    issued: Instant,
    meta: z.strictObject({ 'snapshot.json': MetaFile }),
  }),
  // Strict: another file would belong to a delegated role.
  snapshot: z.looseObject({ ...signed('snapshot'), meta: z.strictObject({ 'targets.json': MetaFile }) }),
  targets: z.looseObject({
    ...signed('targets'),
    delegations: z.optional(z.undefined('delegations are not part of our profile')),
    targets: z.record(
      z.string().check(z.minLength(1), z.maxLength(1_000)),
      z.looseObject({
        length: z.int().check(z.gte(0)),
        hashes: z.record(z.string(), z.string().check(z.regex(/^[0-9a-f]{2,256}$/, 'not hex'))),
      }),
    ),
  }),
};

const Signature: z.ZodMiniType<Signature> = z.looseObject({
  keyid: Digest,
  sig: z.string().check(z.regex(/^[0-9a-f]{128}$/)),
});

const Envelope = z.looseObject({
  /** Unchanged, because the signatures also cover unknown fields. */
  signed: z.unknown(),
  signatures: z.array(z.looseObject({ keyid: z.string(), sig: z.string() })).check(
    z.maxLength(32),
    z.refine(
      (all) => new Set(all.map(({ keyid }) => keyid)).size === all.length,
      'contains two signatures of one key id',
    ),
  ),
});

const MAX_BYTES: Readonly<Record<Role, number>> = {
  root: LIMITS.rootBytes,
  timestamp: LIMITS.timestampBytes,
  snapshot: LIMITS.snapshotBytes,
  targets: LIMITS.targetsBytes,
};

export function maxBytesOf(role: Role): number {
  return MAX_BYTES[role];
}

/** @throws {LodestoneError} `ERR_SIZE` over the limit, `ERR_TRUST_METADATA` if it breaks the profile */
export function parseMetadata<R extends Role>(role: R, bytes: Uint8Array): Metadata<R> {
  if (bytes.length > maxBytesOf(role)) {
    throw new LodestoneError('ERR_SIZE', `${role}.json: over ${maxBytesOf(role)} bytes`);
  }
  try {
    const json: unknown = JSON.parse(fromUtf8(bytes));
    if (!equalBytes(canonicalJson(json), bytes)) throw new Error('not in canonical form');
    const envelope = check(Envelope, json, 'envelope');
    const signedPart = check<SignedOf[R]>(SIGNED[role], envelope.signed, 'signed');
    if (signedPart._type === 'root') checkKeyIds(signedPart);
    if (signedPart._type === 'targets') trustedFiles(signedPart);
    const signatures = envelope.signatures.flatMap((one) => z.safeParse(Signature, one).data ?? []);
    return { signed: signedPart, signatures, signedBytes: canonicalJson(envelope.signed) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LodestoneError('ERR_TRUST_METADATA', `${role}.json: ${why}`, { cause });
  }
}

/** TUF 1.0 §4.3: key ids are calculated, so different ids mean different keys. */
function checkKeyIds({ keys }: RootSigned): void {
  for (const [id, key] of Object.entries(keys)) {
    if (sha256Hex(canonicalJson(key)) !== id) throw new Error(`key id ${id} is not the digest of its key`);
  }
}
