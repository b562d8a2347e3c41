/** The library for authorities and providers. Each function is one command of `lodestone-authority`. */
export type { Lifetimes } from './keys/authority.ts';
export { initAuthority, type InitOptions } from './keys/init.ts';
export type { Refusal } from './import/format.ts';
export { importList, type ImportOptions, type ImportReport } from './import/import.ts';
export { type ModelDraft, stageModel, type StageModelOptions } from './model/stage.ts';
export { checkLaw, describeJudgement, judgeOrder, type Judgement } from './order/law.ts';
export { LAW_RULES, type LawRule, type LawSource } from './order/law-rules.ts';
export { type StagedOrder, stageKeys, stageOrder } from './order/stage.ts';
export { suppressEntries, type SuppressOptions } from './release/suppress.ts';
export { publish, type PublishOptions, type PublishReport } from './repository/publish.ts';
export { type InForce, verifyRepository, type VerifyOptions } from './repository/verify.ts';
export { withdrawTarget } from './repository/withdraw-target.ts';
