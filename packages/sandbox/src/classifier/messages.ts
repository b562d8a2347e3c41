/**
 * Scanner ⇄ classifier, both inside the sandbox, over a port that the window has made: one question at a time, each answered once. No score goes up, only a bucket.
 */
import type { SandboxModel } from '@lodestone/protocol/model';
import type { ManifestDigest } from '@lodestone/protocol/digest';
import type { ClassifierFault } from '@lodestone/protocol/sandbox';

export type Question =
  | { ask: 'start'; runtime: ArrayBuffer }
  | { ask: 'load'; model: SandboxModel }
  /** `tensor`: the model's input, normalised and laid out as its manifest says. */
  | { ask: 'look'; digest: ManifestDigest; tensor: Float32Array<ArrayBuffer> };

export type Answer = { ok: true; bucket?: number } | { ok: false; fault: ClassifierFault };

/** Window → scanner, after it was given the classifier's code: with a port to its worker, or why there is none. */
export type ClassifierWord = 'started' | 'part' | 'worker';
