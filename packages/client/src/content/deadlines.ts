/** How long the sandbox may take. A sandbox that takes longer is terminated. Spec: docs/design/sandbox.md#deadlines */

export interface Allowance {
  baseMs: number;
  msPerByte: number;
}

export interface Deadlines {
  /** To become ready. */
  bootMs: number;
  /** Added to it if the sandbox starts with the code of lazy parts. */
  bootModulesMs: number;
  /** For the first answer of a loaded document: it answers immediately if its script runs, and never if its script is blocked. */
  bootAnswerMs: number;
  loadList: Allowance;
  scan: Allowance;
  /** Added to a scan for each model of its plan. */
  modelMs: number;
  /** For an answer from a sandbox that has nothing to do. */
  idleAnswerMs: number;
  /** To start a lazy part, or to load an item of its data. */
  partLoadMs: number;
  /** How long a lazy part keeps running without an item. */
  partIdleMs: number;
}

export const DEADLINES: Deadlines = {
  bootMs: 10_000,
  bootModulesMs: 10_000,
  bootAnswerMs: 3_000,
  loadList: { baseMs: 10_000, msPerByte: 1_000 / 1_000_000 },
  scan: { baseMs: 15_000, msPerByte: 2_000 / 1_000_000 },
  modelMs: 10_000,
  idleAnswerMs: 3_000,
  partLoadMs: 30_000,
  partIdleMs: 60_000,
};

export function allowedMs({ baseMs, msPerByte }: Allowance, sizeBytes: number): number {
  return Math.ceil(baseMs + sizeBytes * msPerByte);
}
