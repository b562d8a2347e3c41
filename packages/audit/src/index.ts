/** What the command line does, as functions: each gives a report of claims and facts. Nothing here prints. */
export type { Adapter, AdapterTools } from './capture/adapter.ts';
export { type Canary, parseCanary } from './capture/corpus.ts';
export { auditCapture, type CaptureFacts, type CaptureOptions } from './capture.ts';
export { auditCompare, type CompareFacts, type CompareOptions } from './compare.ts';
export { auditLedger, type LedgerFacts, type LedgerOptions } from './ledger.ts';
export { auditList, type ListFacts, type ListOptions } from './list.ts';
export type { Answer, Question } from './list/lookup.ts';
export { auditProbe, type ProbeFacts, type ProbeOptions } from './probe.ts';
export { auditSandbox, type SandboxFacts, type SandboxLock, type SandboxOptions } from './sandbox.ts';
export { type Claim, type Report, type Verdict, verdictOf } from './report.ts';
