/**
 * The API for host apps. Importing has no effect; without a document a guard stays idle. Spec: docs/design/client.md#guard
 * @module @lodestone/client
 */
export type { CheckOptions } from './check.ts';
export type { Check } from './answer.ts';
export type { SkipReason } from './scan-plan.ts';
export type { MaybeDisposable } from './maybe-disposable.ts';
export { createGuard } from './guard.ts';
export type { Guard } from './guard-api.ts';
export type { Ledger } from './network/ledger.ts';
export type { GuardOptions, Source, Subject } from './options.ts';
export type { RootJson, RootOption } from './root-option.ts';
export type {
  GuardStatus,
  ListStatus,
  ModelStatus,
  Notice,
  OrderStatus,
  OutboxStatus,
  PartStatus,
  Problem,
  ReleaseNotice,
  SandboxStatus,
  SignalNotice,
  SourceStatus,
} from './status.ts';
export type { ReleaseChange } from '@lodestone/trust';
export { type ErrorCode, LodestoneError } from '@lodestone/protocol/error';
export type { Digest, FileDigest, ManifestDigest, OrderDigest } from '@lodestone/protocol/digest';
export type { PartName } from '@lodestone/protocol/lazy-parts';
export type { LedgerEntry } from '@lodestone/protocol/ledger';
export type { Name } from '@lodestone/protocol/name';
export type {
  Basis,
  ConfirmRule,
  Detect,
  DetectClassifier,
  DetectionOrder,
  DetectKnown,
  Help,
  KnownSignalRule,
  MatchEvidence,
  SignalRule,
  SubjectMode,
  Variant,
} from '@lodestone/protocol/order';
export type { TargetReference } from '@lodestone/protocol/paths';
export type { ListPurpose } from '@lodestone/protocol/purpose';
export type { Action, Media, SignalSurface, Surface } from '@lodestone/protocol/surface';
export type { WebAddress } from '@lodestone/protocol/text';
export type { Instant } from '@lodestone/protocol/time';
export type { UnscannableReason } from '@lodestone/protocol/verdict';
