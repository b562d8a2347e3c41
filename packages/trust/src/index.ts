/** Decides which signed inputs are accepted. Pure: network, storage and time are arguments. */
export { appendRecordEntry, brokenRecordLink, type RecordActor, recordEnd } from './case-record.ts';
export * from './counting-tag.ts';
export * from './counting-window.ts';
export * from './digest.ts';
export * from './effective-date.ts';
export * from './ledger.ts';
export * from './order.ts';
export { type Absence, proveAbsence, type Sought, verifyAbsence } from './proof/absence.ts';
export { type Inclusion, proveInclusion, verifyInclusion } from './proof/inclusion.ts';
export { type ListTree, listTree, merkleRoot } from './proof/merkle.ts';
export { receiptOf } from './receipt.ts';
export * from './release.ts';
export * from './release-change.ts';
export * from './target.ts';
export { widens, widerFields } from './widens.ts';
export { canonicalJson } from './tuf/canonical.ts';
export { acceptFirstRoot, acceptNextRoot } from './tuf/accept.ts';
export {
  type Key,
  maxBytesOf,
  type MetaFile,
  parseMetadata,
  type Role,
  type RoleKeys,
  type RootSigned,
  type Signature,
  type SignedOf,
  type SnapshotSigned,
  type TargetsSigned,
  type TimestampSigned,
} from './tuf/metadata.ts';
export { refresh, type RefreshOptions } from './tuf/refresh.ts';
export { isStillSigned } from './tuf/signatures.ts';
export { compareTrust } from './tuf/state.ts';
export type { TrustVersions, TrustedState, TrustedTargets, TrustedTimestamp, TufGet, TufState } from './tuf/state.ts';
export { readTrusted, readTrustedState, versionsOf } from './tuf/trusted.ts';
