/** What the command line does, as functions: each gives a report of claims and facts. Nothing here prints. */
export type { Adapter, AdapterTools } from './traffic/adapter.ts';
export { type Canary, parseCanary } from './traffic/corpus.ts';
export { auditCapture, type CaptureFacts, type CaptureOptions } from './commands/capture/run.ts';
export { auditCompare, type CompareFacts, type CompareOptions } from './commands/compare/run.ts';
export { auditLedger, type LedgerFacts, type LedgerOptions } from './commands/ledger/run.ts';
export { auditList, type ListFacts, type ListOptions } from './commands/list/run.ts';
export type { Answer, Question } from './commands/list/lookup.ts';
export { auditProbe, type ProbeFacts, type ProbeOptions } from './commands/probe/run.ts';
export { auditSandbox, type SandboxFacts, type SandboxLock, type SandboxOptions } from './commands/sandbox/run.ts';
export { type Claim, type Report, type Verdict, verdictOf } from './report/report.ts';
