/** The commands as functions: each returns a report of claims and facts, and prints nothing. Spec: docs/design/audit.md#claims */
export type { Adapter, AdapterTools } from './traffic/adapter.ts';
export { matchingEntry, type RequestSummary } from './traffic/explain.ts';
export { type Canary, parseCanary } from './traffic/corpus.ts';
export { auditCapture, type CaptureFacts, type CaptureOptions } from './commands/capture/run.ts';
export { auditCompare, type CompareFacts, type CompareOptions } from './commands/compare/run.ts';
export { auditLedger, type LedgerFacts, type LedgerOptions } from './commands/ledger/run.ts';
export type { ListFacts } from './commands/list/facts.ts';
export { auditList, type ListOptions } from './commands/list/run.ts';
export type { Answer, Question } from './commands/list/lookup.ts';
export type { ProbeFacts } from './commands/probe/facts.ts';
export { auditProbe, type ProbeOptions } from './commands/probe/run.ts';
export { auditRecord, type RecordFacts, type RecordOptions } from './commands/record/run.ts';
export type { SandboxFacts, SandboxLock } from './commands/sandbox/document.ts';
export { auditSandbox, type SandboxOptions } from './commands/sandbox/run.ts';
export { type Claim, type ClaimStatus, type Report, statusOf } from './report/report.ts';
