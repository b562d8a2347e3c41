/**
 * Decides when gathered items are sent to the store: when the first has waited long enough and fewer than `maxStores` batches
 * are being stored, when the batch is full, or at close. While the database is busy, a batch so becomes as large as what waits.
 * Pure. Flow: batch → here. Spec: docs/design/receiver.md#ingest.
 */
export interface BatchState {
  /** Items of the open batch. */
  readonly gathering: number;
  /** The first item of the open batch has waited long enough. */
  readonly isDue: boolean;
  /** Items of batches that are complete and not stored yet. */
  readonly storing: number;
  /** These batches. */
  readonly batches: number;
}
export type BatchEvent = { kind: 'added' | 'wait-ended' | 'closing' } | { kind: 'stored'; items: number };
/** "start-wait": the first item of a batch arrived. "store": the open batch is complete. */
export type BatchAction = 'none' | 'start-wait' | 'store';
export interface BatchLimits {
  maxItems: number;
  /** Batches that are stored at the same time. */
  maxStores: number;
}

export const EMPTY: BatchState = { gathering: 0, isDue: false, storing: 0, batches: 0 };

export function next(
  state: BatchState,
  event: BatchEvent,
  { maxItems, maxStores }: BatchLimits,
): { state: BatchState; action: BatchAction } {
  switch (event.kind) {
    case 'added': {
      const added = { ...state, gathering: state.gathering + 1 };
      if (added.gathering >= maxItems) return store(added);
      return { state: added, action: state.gathering === 0 ? 'start-wait' : 'none' };
    }
    case 'wait-ended':
      if (state.gathering === 0) return { state, action: 'none' };
      return state.batches < maxStores ? store(state) : { state: { ...state, isDue: true }, action: 'none' };
    case 'closing':
      return state.gathering === 0 ? { state, action: 'none' } : store(state);
    case 'stored': {
      const stored = { ...state, storing: state.storing - event.items, batches: state.batches - 1 };
      return stored.isDue && stored.batches < maxStores ? store(stored) : { state: stored, action: 'none' };
    }
  }
}

function store({ gathering, storing, batches }: BatchState): { state: BatchState; action: BatchAction } {
  const state = { gathering: 0, isDue: false, storing: storing + gathering, batches: batches + 1 };
  return { state, action: 'store' };
}
