/**
 * The state of one file's transfer: which parts are stored, how the rest is requested, and whether the whole was checked.
 * Pure; replayed by tests. Promise: a file is complete only after a check of all its parts; a part that is stored is never
 * requested again by range; a file that fails its check leaves no part behind. Spec: docs/design/signed-inputs.md#transfers
 */
import type { LodestoneError } from '@lodestone/protocol';

export interface TransferState {
  readonly parts: number;
  readonly stored: ReadonlySet<number>;
  /** `whole`: one request without a range, for a file of one part or a server without ranges. */
  readonly mode: 'ranges' | 'whole';
  readonly phase: 'fetching' | 'checking' | 'complete' | 'failed';
  /** A range was answered in this transfer, so the server has ranges. */
  readonly hasRanges: boolean;
  readonly error?: LodestoneError;
}

export type TransferEvent =
  | { type: 'part-stored'; index: number }
  /** The whole file has arrived, as requested or instead of a range; these parts of it are stored now. */
  | { type: 'whole-stored'; indices: readonly number[] }
  /** The request failed. `isRefusable`: a server that refuses the header `Range` (CORS) looks the same. */
  | { type: 'request-failed'; error: LodestoneError; isRefusable: boolean }
  | { type: 'checked' }
  /** The parts together are not the signed file. */
  | { type: 'refused'; error: LodestoneError };

export type TransferEffect =
  | { type: 'fetch-part'; index: number }
  | { type: 'fetch-whole' }
  | { type: 'check' }
  | { type: 'record-complete' }
  | { type: 'delete-parts' };

export interface TransferStep {
  readonly state: TransferState;
  readonly effect?: TransferEffect;
}

export function begin(parts: number, stored: ReadonlySet<number>): TransferStep {
  const mode = parts === 1 ? 'whole' : 'ranges';
  return proceed({ parts, stored, mode, phase: 'fetching', hasRanges: false });
}

export function next(state: TransferState, event: TransferEvent): TransferStep {
  if (state.phase === 'complete' || state.phase === 'failed') return { state };
  switch (event.type) {
    case 'part-stored':
      return proceed({ ...state, stored: new Set(state.stored).add(event.index), hasRanges: true });
    case 'whole-stored':
      return proceed({ ...state, stored: new Set([...state.stored, ...event.indices]) });
    case 'request-failed':
      if (event.isRefusable && state.mode === 'ranges' && !state.hasRanges) return proceed({ ...state, mode: 'whole' });
      return { state: { ...state, phase: 'failed', error: event.error } };
    case 'checked':
      return { state: { ...state, phase: 'complete' }, effect: { type: 'record-complete' } };
    case 'refused':
      return {
        state: { ...state, stored: new Set(), phase: 'failed', error: event.error },
        effect: { type: 'delete-parts' },
      };
  }
}

/** Requests what is missing, or checks the file. */
function proceed(state: TransferState): TransferStep {
  const missing = firstMissing(state);
  if (missing === undefined) return { state: { ...state, phase: 'checking' }, effect: { type: 'check' } };
  return { state, effect: state.mode === 'whole' ? { type: 'fetch-whole' } : { type: 'fetch-part', index: missing } };
}

function firstMissing({ parts, stored }: TransferState): number | undefined {
  for (let index = 0; index < parts; index++) if (!stored.has(index)) return index;
  return undefined;
}
