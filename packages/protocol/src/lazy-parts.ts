/**
 * The table of lazy parts: code that the host loads only if an order in force could need it, and hands to the sandbox as bytes.
 * The sandbox's build and the client read this table. A new part is one row here and a folder with its `main.ts` in
 * `packages/sandbox/src/parts/`; the build adds the SHA-256 of its code. Spec: docs/design/sandbox.md#lazy-parts
 */
import type { ManifestDigest } from './digest.ts';
import type { SandboxModel } from './model.ts';
import type { ScanPlan } from './scan-plan.ts';

/** The data that a part may receive in addition to content. The host hands in each item with the digest that names it. */
export interface PartDataTypes {
  models: SandboxModel;
}
export type PartData = PartDataTypes[keyof PartDataTypes];
/** Names an item of data. */
export type PartDataDigest = ManifestDigest;

export interface LazyPart {
  /** `worker`: a worker that can be ended without losing the lists. `module`: imported into the scanner. */
  readonly kind: 'worker' | 'module';
  /** The data that the part must hold for this plan (empty: its code alone); undefined if the plan does not need the part. */
  readonly neededBy: (plan: ScanPlan) => readonly PartDataDigest[] | undefined;
}

export type PartName = 'classifier' | 'video' | 'containers' | 'locked-lists';

export const LAZY_PARTS: Readonly<Record<PartName, LazyPart>> = {
  classifier: {
    kind: 'worker',
    neededBy: ({ models }) => (models.length > 0 ? models.map(({ manifestDigest }) => manifestDigest) : undefined),
  },
  video: {
    kind: 'module',
    neededBy: ({ lists }) => (lists.some(({ media }) => media.includes('video')) ? [] : undefined),
  },
  containers: {
    kind: 'module',
    neededBy: ({ lists }) => (lists.some(({ media }) => media.includes('file')) ? [] : undefined),
  },
  'locked-lists': {
    kind: 'module',
    neededBy: ({ lists }) => (lists.some(({ form }) => form) ? [] : undefined),
  },
};

export const PART_NAMES: readonly PartName[] = Object.keys(LAZY_PARTS) as PartName[];

/** Why a lazy part does not run, or not with an item of its data. */
export const PART_FAULTS = [
  'digest', // its code or its runtime differs from what the sandbox was built with
  'ended', // it did not start, it ended, or it did not answer in time
  'runtime', // its WebAssembly did not start, or failed: usually because memory ran out
  'data', // the part cannot read this item, or its result is invalid
] as const;
export type PartFault = (typeof PART_FAULTS)[number];
