/**
 * The parts of a publication that holders sign, root and targets, and whose signatures each part needs. Pure.
 * Promise: a new root needs the threshold of the root in force and its own. Spec: docs/design/authority.md#signing, TUF 1.0 §6.1
 */
import type { Digest } from '@lodestone/protocol/digest';
import { canonicalJson, type RootSigned, type Signature, type TargetsSigned } from '@lodestone/trust';
import { sha256Hex } from '../repository/digest.ts';
import type { HolderRole } from '../keys/holder.ts';

/** A set of keys of which `threshold` must sign. */
export interface KeyGroup {
  whose: 'the root in force' | 'the new root' | 'targets';
  threshold: number;
  /** Key id → public key in hex. */
  keys: ReadonlyMap<Digest, string>;
}

export interface SignedPart {
  role: HolderRole;
  version: number;
  signed: RootSigned | TargetsSigned;
  /** The bytes that a signature covers. */
  bytes: Uint8Array<ArrayBuffer>;
  sha256: Digest;
  groups: KeyGroup[];
}

/** What holders sign for one publication. */
export interface Unsigned {
  /** The published root, unless there is none yet. */
  before: RootSigned | undefined;
  /** The root to publish, if it replaces `before`. */
  nextRoot: RootSigned | undefined;
  targets: TargetsSigned;
}

/** The root first: it decides who signs the targets. */
export function partsOf({ before, nextRoot, targets }: Unsigned): SignedPart[] {
  const root = nextRoot ?? before;
  if (!root) return [];
  return [...(nextRoot ? [rootPart(before, nextRoot)] : []), part('targets', targets, [groupOf(root, 'targets')])];
}

export function rootPart(before: RootSigned | undefined, next: RootSigned): SignedPart {
  const groups = before ? [groupOf(before, 'root', 'the root in force')] : [];
  return part('root', next, [...groups, groupOf(next, 'root', 'the new root')]);
}

function part(role: HolderRole, signed: RootSigned | TargetsSigned, groups: KeyGroup[]): SignedPart {
  const bytes = canonicalJson(signed);
  return { role, version: signed.version, signed, bytes, sha256: sha256Hex(bytes), groups };
}

function groupOf(root: RootSigned, role: HolderRole, whose: KeyGroup['whose'] = 'targets'): KeyGroup {
  const { keyids, threshold } = root.roles[role];
  const keys = keyids.flatMap((id) => {
    const key = root.keys[id];
    return key ? [[id, key.keyval.public] as const] : [];
  });
  return { whose, threshold, keys: new Map(keys) };
}

/** The public key of a key id that may sign the part. */
export function publicKeyOf({ groups }: SignedPart, keyId: Digest): string | undefined {
  return groups.map(({ keys }) => keys.get(keyId)).find((key) => key !== undefined);
}

/** How far a group's threshold is reached. */
export interface GroupState {
  group: KeyGroup;
  signed: Digest[];
  /** Keys that have not signed. Empty once the threshold is reached. */
  open: Digest[];
}

export function stateOf({ groups }: SignedPart, signers: readonly Digest[]): GroupState[] {
  return groups.map((group) => {
    const signed = [...group.keys.keys()].filter((id) => signers.includes(id));
    const open = signed.length < group.threshold ? [...group.keys.keys()].filter((id) => !signers.includes(id)) : [];
    return { group, signed, open };
  });
}

export function isComplete(part: SignedPart, signers: readonly Digest[]): boolean {
  return stateOf(part, signers).every(({ group, signed }) => signed.length >= group.threshold);
}

/** The bytes to publish: canonical JSON, as our TUF profile requires. */
export function withSignatures(signed: object, signatures: readonly Signature[]): Uint8Array<ArrayBuffer> {
  return canonicalJson({ signatures, signed });
}
