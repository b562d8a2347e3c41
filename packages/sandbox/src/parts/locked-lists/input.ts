/**
 * What the scanner gets from the part for locked lists: a list that can be searched, and a search of it for one content item.
 * Flow: scanner/lists → the part → here → scanner/match. Spec: docs/design/sandbox.md#locked-lists
 */
import type { Orientation, VariantGroup } from '@lodestone/pdq';
import type { Fault } from '../containers/input.ts';

/** A hash that a locked list is searched for. */
export interface LockedListQuery {
  readonly hash: Uint8Array;
  /** Of the picture whose hash it is, in this orientation; missing for the original one. */
  readonly coefficients?: Float32Array | undefined;
  readonly orientation?: Orientation | undefined;
  /** Of a variant of the picture; missing for the picture itself, in any orientation. */
  readonly group?: VariantGroup;
  /** Such as `margin 3 % left`. */
  readonly name?: string;
}

/** The part's result for a list: its locked rows, ready to be searched. */
export interface LockedList {
  /** @param share of the budget of a content item, such as 0.5 for one of two locked lists */
  search(share: number): LockedSearch;
}

/** The search of one list for all pictures of one content item. */
export interface LockedSearch {
  /** For each query every row within the distance, the nearest first. Never rejects. */
  queryBatch(
    queries: readonly LockedListQuery[],
    maxDistance: number,
  ): Promise<readonly (readonly { readonly row: number; readonly distance: number }[])[]>;
  /** Why not all of it was searched. */
  readonly fault: Fault | undefined;
}
