/**
 * The library for authorities and providers. Each function is one command of `lodestone-authority`.
 * @module @lodestone/authority
 */
export type { Lifetimes, OnlineRole } from './keys/authority.ts';
export { commandSigner, type CommandSignerOptions } from './keys/command-signer.ts';
export { checkHolder, type HolderKey, type HolderRole, makeHolder, printHolder } from './keys/holder.ts';
export { initAllKeysHere, type InitAllKeysHereOptions, initAuthority, type InitOptions } from './keys/init.ts';
export { type AskPassphrase, changePassphrase, createKeyFile, openKeyFile } from './keys/key-file.ts';
export { rotate, type RotateOptions, type RotateReport } from './keys/rotate.ts';
export { keyIdOf, type Signer } from './keys/signer.ts';
export { describeReview } from './publication/describe.ts';
export { journalOf } from './publication/journal.ts';
export { prepare, type PrepareReport } from './publication/prepare.ts';
export { type Review, reviewDraft, type ReviewOptions } from './publication/review.ts';
export { signDraft, type SignOptions } from './publication/sign.ts';
export { draftStatus, type DraftStatus, type PartStatus } from './publication/status.ts';
export type { Refusal } from './import/format.ts';
export { importList, type ImportOptions, type ImportReport } from './import/import.ts';
export { type EscrowOptions, writeEscrow } from './locked/escrow.ts';
export type { LockedReport } from './locked/report.ts';
export { type ModelDraft, stageModel, type StageModelOptions } from './model/stage.ts';
export { checkLaw, describeJudgement, judgeOrder, type Judgement } from './order/law.ts';
export { LAW_RULES, type LawRule, type LawSource } from './order/law-rules.ts';
export { type StagedOrder, stageKeys, stageOrder } from './order/stage.ts';
export { suppressEntries, type SuppressOptions } from './release/suppress.ts';
export { publish, type PublishOptions, type PublishReport } from './repository/publish.ts';
export { type InForce, verifyRepository, type VerifyOptions } from './repository/verify.ts';
export { withdrawTarget } from './repository/withdraw-target.ts';
