/**
 * The receiver as a library: create a data folder, start a receiver, read its cases and counts. The command line is in cli/.
 * @module @lodestone/receiver
 */
export { type CallbackHeaders, signCallback, verifyCallback } from './callbacks/sign.ts';
export type { CaseStepOptions } from './cases/act.ts';
export type { Case, CaseEntry } from './cases/cases.ts';
export { DEFAULT_CONFIG, readConfig, ReceiverConfig, type SourceConfig } from './config.ts';
export { contestSecretsFrom, type ContestSecrets } from './contests/secrets.ts';
export type { Outcome, OutcomeCounts } from './ingest/outcome.ts';
export { addKey, type NewKey } from './keys/document.ts';
export { type KeyFolder, keyFolder } from './keys/files.ts';
export { type KeySecret, keySecretFrom } from './keys/key-encryption.ts';
export { addSubjectKey, readSubjectKeys } from './keys/subject-keys.ts';
export { type EventLine, readEventLine } from './events/events.ts';
export { initReceiver, type InitOptions, type InitResult } from './init.ts';
export { printReportPage } from './report/page/page.ts';
export { type Receiver, type ReceiverOptions, startReceiver } from './receiver.ts';
export type { User } from './users/users.ts';
