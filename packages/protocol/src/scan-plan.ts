/**
 * The scan plan: what the sandbox looks for in one content item. Flow: check (from the orders in force) → sandbox/scan.
 * Spec: docs/design/contracts.md#scan-plan
 */
import type { FileDigest, ManifestDigest } from './digest.ts';
import type { Variant } from './order.ts';
import type { Media } from './surface.ts';

/** Look up content of these media on this list. */
export interface PlanList {
  fileDigest: FileDigest;
  /** Missing for a list whose rows can be read. */
  form?: 'locked' | undefined;
  media: Media[];
  /** Bits of a PDQ hash, 0 to 31. */
  maxDistance: number;
  minQuality: number;
  variants: Variant[];
}

/** Classify pictures with this model. A result below `minBucket` is not a finding. */
export interface PlanModel {
  manifestDigest: ManifestDigest;
  minBucket: number;
}

/**
 * A finding names a row of the plan by its index. Each row yields at most one finding: an exact match, else the nearest one
 * (of equally near ones, the first row of the list). Content of an unknown format is looked up as `file`. Content of a medium
 * that no row names is not decoded; its verdict is complete and has no findings.
 */
export interface ScanPlan {
  lists: PlanList[];
  models: PlanModel[];
}
