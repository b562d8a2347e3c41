/** The API for host apps. Importing has no effect; without a document a guard stays idle. Spec: docs/design/client.md#guard */
export type { CheckOptions } from './check.ts';
export type { Check } from './answer.ts';
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
export type { OrderDigest } from '@lodestone/protocol/digest';
export type { Action, Media, Surface } from '@lodestone/protocol/surface';
export type { UnscannableReason } from '@lodestone/protocol/verdict';
