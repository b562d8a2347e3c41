/**
 * Changes of a list or model that users should learn of, although no order changed: a list that grew by more than a quarter
 * since the last notice, and a replaced model. Pure. Flow: release that comes into use → here → status.
 * Spec: docs/design/signed-inputs.md#notices-of-releases
 */
import type { ModelManifest } from '@lodestone/protocol/model';
import type { ListManifest } from '@lodestone/protocol/release';

/** A list that has grown by a larger share of its records is a notice. */
export const LIST_GROWTH_SHARE = 0.25;

/** The size of a list at its last notice, or at its first release on the device. Growth in small steps adds up. */
export interface ListBaseline {
  version: number;
  records: number;
}

export interface ListChange {
  kind: 'list-grew';
  from: ListBaseline;
  to: ListBaseline;
}

/** From the version that the user knows to the current one. */
export interface ModelChange {
  kind: 'model-replaced';
  from: number;
  to: number;
  /** Only if `from` and `to` find the same: the last version between them, which found something else. */
  through?: number;
}

export type ReleaseChange = ListChange | ModelChange;

export function recordsOf({ counts }: Pick<ListManifest, 'counts'>): number {
  return counts.pdq + counts.sha256 + counts.vpdq;
}

/** @returns the notice, if the list has grown too much since `baseline` */
export function listChange(
  baseline: ListBaseline,
  after: Pick<ListManifest, 'counts' | 'version'>,
): ListChange | undefined {
  const to = { version: after.version, records: recordsOf(after) };
  return to.records > baseline.records * (1 + LIST_GROWTH_SHARE)
    ? { kind: 'list-grew', from: baseline, to }
    : undefined;
}

/**
 * @param known the model that the user knows, if an earlier change was not acknowledged
 * @returns a notice, unless only the version, its period or the place of its file differ
 */
export function modelChange(
  before: ModelManifest,
  after: ModelManifest,
  known: ModelManifest = before,
): ModelChange | undefined {
  if (isSameModel(before, after)) return undefined;
  const isBack = isSameModel(known, after);
  return {
    kind: 'model-replaced',
    from: known.version,
    to: after.version,
    ...(isBack && { through: before.version }),
  };
}

function isSameModel(before: ModelManifest, after: ModelManifest): boolean {
  return JSON.stringify(findingsOf(before)) === JSON.stringify(findingsOf(after));
}

/** Everything that decides what the model finds, and whether it may signal. */
function findingsOf({ model, file, runtime, input, output, buckets, figures }: ModelManifest): unknown {
  return [model, file.sha256, runtime.sha256, input, output, buckets, figures];
}
