/**
 * Messages inside the sandbox. The scanner asks the window to start and end the workers of lazy parts, and sends requests to
 * a part over a port that the window made: one at a time, each answered once. Spec: docs/design/sandbox.md#lazy-parts
 */
import type { Digest } from '@lodestone/protocol/digest';
import type { LazyPart, PartDataDigest, PartDataTypes, PartFault, PartName } from '@lodestone/protocol/lazy-parts';

/** The digests of a lazy part that the build pins: a row of the table in the window's script. */
export interface PartPins {
  readonly kind: LazyPart['kind'];
  /** `nothing`: the scanner refuses to hand it data. */
  readonly receives: keyof PartDataTypes | 'nothing';
  /** SHA-256 of its code. */
  readonly code: Digest;
  /** SHA-256 of each WebAssembly file that it accepts; empty if it takes none. */
  readonly runtimes: readonly Digest[];
}
export type PinTable = Readonly<Record<string, PartPins>>;

/** Window → scanner, once, with the ports [calls, events]. */
export interface ScannerStart {
  build: Digest;
  parts: PinTable;
}

/** Scanner → window, after its first message. */
export type WorkerRequest =
  | { type: 'start-worker'; part: PartName; code: ArrayBuffer }
  | { type: 'end-worker'; part: PartName };

/** Window → scanner: with a port to the part's worker, or the reason why it has none. Also sent if the worker fails later. */
export type WorkerReply = { part: PartName; fault?: PartFault };

/** Scanner → part. */
export type PartRequest =
  | { type: 'start'; runtime: ArrayBuffer | undefined }
  | { type: 'load'; digest: PartDataDigest; data: unknown }
  | { type: 'run'; digest: PartDataDigest | undefined; input: unknown };

/** Part → scanner. */
export type PartReply = { ok: true; result?: unknown } | { ok: false; fault: PartFault };
