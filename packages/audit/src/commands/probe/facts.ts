/** The facts of a probe's report. Flow: run.ts → here → claims, report sections. Spec: docs/design/audit.md#probe */
import type { Engine } from '../../browsers/engine.ts';
import type { EngineRun } from './engine-run.ts';
import type { HostAttacked } from './host-attacks.ts';

export interface ProbeFacts {
  build: string | undefined;
  /** SHA-256 of the classifier's code; `undefined` if its worker was not probed. */
  classifier: string | undefined;
  runs: readonly EngineRun[];
  /** Engines that are not installed, with the error. */
  missing: readonly { engine: Engine; why: string }[];
  host: readonly { engine: Engine; attacked: readonly HostAttacked[] }[];
  /** Whether DNS look-ups were counted. */
  namesCounted: boolean;
}
