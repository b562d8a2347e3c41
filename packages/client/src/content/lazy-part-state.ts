/**
 * The state of one lazy part, as the host sees it: which sandbox it runs in, what data it holds, and when to retry failed data.
 * Pure; `lazy-parts.ts` runs it. Promise: a fault of one item of data leaves the others loaded; a fault of the part itself loses all
 * of them, and the next item that needs them loads them again. Spec: docs/design/sandbox.md#lazy-parts
 */
import type { PartDataDigest, PartFault } from '@lodestone/protocol';

/** Names what is loaded into a part: an item of its data, or `code` for a part that receives no data. */
export type PartKey = PartDataDigest | 'code';

export interface PartState {
  /** The sandbox that the part runs in, compared by identity. */
  readonly sandbox: object | undefined;
  readonly loaded: ReadonlySet<PartKey>;
  /** Keys that failed to load, with the time in milliseconds before which they must not be tried again. */
  readonly retryAt: ReadonlyMap<PartKey, number>;
  /** Counts the items that used the part, to tell whether it was idle for a period. */
  readonly uses: number;
}

export type PartEvent =
  /** An item, or a warm-up, begins in this sandbox. */
  | { type: 'used'; sandbox: object }
  | { type: 'loading'; key: PartKey }
  | { type: 'started'; sandbox: object }
  | { type: 'loaded'; key: PartKey }
  | { type: 'failed'; key: PartKey; fault: PartFault }
  | { type: 'ended' };

export const INITIAL: PartState = { sandbox: undefined, loaded: new Set(), retryAt: new Map(), uses: 0 };

/** A part that ended may work next time. Wrong bytes never will. */
const RETRY_MS: Record<PartFault, number> = { digest: Infinity, data: Infinity, runtime: 60_000, ended: 0 };

export function next(state: PartState, event: PartEvent, now: number): PartState {
  switch (event.type) {
    case 'used':
      return { ...(event.sandbox === state.sandbox ? state : stopped(state)), uses: state.uses + 1 };
    case 'loading':
      return { ...state, retryAt: new Map(state.retryAt).set(event.key, 0) };
    case 'started':
      return { ...stopped(state), sandbox: event.sandbox };
    case 'loaded':
      return { ...state, loaded: new Set(state.loaded).add(event.key), retryAt: without(state.retryAt, event.key) };
    case 'failed': {
      const retryAt = new Map(state.retryAt).set(event.key, now + RETRY_MS[event.fault]);
      return { ...(event.fault === 'data' ? state : stopped(state)), retryAt };
    }
    case 'ended':
      return stopped(state);
  }
}

/** The first of these keys that should be loaded now: neither loaded, nor tried for this item, nor waiting for its retry. */
export function nextToLoad(
  { loaded, retryAt }: PartState,
  needed: readonly PartKey[],
  tried: ReadonlySet<PartKey>,
  now: number,
): PartKey | undefined {
  return needed.find((key) => !loaded.has(key) && !tried.has(key) && now >= (retryAt.get(key) ?? 0));
}

/** Whether to load this ahead of the first item: not if it is loaded, and not if it failed, which is left to an item that needs it. */
export function canWarm({ sandbox, loaded, retryAt }: PartState, key: PartKey, current: object): boolean {
  return !(sandbox === current && loaded.has(key)) && !retryAt.has(key);
}

function stopped(state: PartState): PartState {
  return { ...state, sandbox: undefined, loaded: new Set() };
}

function without<K>(map: ReadonlyMap<K, number>, key: K): ReadonlyMap<K, number> {
  return new Map([...map].filter(([other]) => other !== key));
}
