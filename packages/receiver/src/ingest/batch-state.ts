/**
 * Decides when gathered items are sent to the store: when the first has waited long enough, when the batch is full, or
 * at close. Pure. Flow: batch → here. Spec: docs/design/receiver.md#ingest.
 */
export interface BatchState {
  /** Items of the open batch. */
  readonly gathering: number;
  /** Items of batches that are being stored. */
  readonly storing: number;
}
export type BatchEvent = { kind: 'added' | 'wait-ended' | 'closing' } | { kind: 'stored'; items: number };
/** "start-wait": the first item of a batch arrived. "store": the open batch is complete. */
export type BatchAction = 'none' | 'start-wait' | 'store';

export const EMPTY: BatchState = { gathering: 0, storing: 0 };

export function next(
  { gathering, storing }: BatchState,
  event: BatchEvent,
  maxItems: number,
): { state: BatchState; action: BatchAction } {
  switch (event.kind) {
    case 'added':
      if (gathering + 1 >= maxItems) return store({ gathering: gathering + 1, storing });
      return { state: { gathering: gathering + 1, storing }, action: gathering === 0 ? 'start-wait' : 'none' };
    case 'wait-ended':
    case 'closing':
      return gathering === 0 ? { state: { gathering, storing }, action: 'none' } : store({ gathering, storing });
    case 'stored':
      return { state: { gathering, storing: storing - event.items }, action: 'none' };
  }
}

function store({ gathering, storing }: BatchState): { state: BatchState; action: BatchAction } {
  return { state: { gathering: 0, storing: storing + gathering }, action: 'store' };
}
