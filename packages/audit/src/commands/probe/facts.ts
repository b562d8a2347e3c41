/** The facts of a probe's report. Flow: run.ts → here → claims, report sections. Spec: docs/design/audit.md#probe */
import type { PartName } from '@lodestone/protocol/lazy-parts';
import type { Engine } from '../../browsers/engine.ts';
import type { EngineRun } from './engine-run.ts';
import type { HostAttacked } from './host-attacks.ts';

export interface ProbeFacts {
  build: string | undefined;
  /** Every lazy part that runs in a worker, with the SHA-256 of its code; `undefined` if its worker was not probed. */
  parts: readonly { name: PartName; code: string | undefined }[];
  runs: readonly EngineRun[];
  /** Engines that are not installed, with the error. */
  missing: readonly { engine: Engine; why: string }[];
  host: readonly { engine: Engine; attacked: readonly HostAttacked[] }[];
  /** Whether DNS look-ups were counted. */
  namesCounted: boolean;
}
