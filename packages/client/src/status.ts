/**
 * What a host must not miss, as state: one frozen object that stays the same until something changes, so that it fits
 * React's useSyncExternalStore. No text for users: codes, and the order's own signed summary.
 */
import type { DetectionOrder, Digest, Instant, LodestoneError, TargetReference } from '@lodestone/protocol';

export type SandboxStatus =
  | { readonly state: 'none' } // not needed yet: no order is in force
  | { readonly state: 'starting' }
  | { readonly state: 'ready'; readonly build: Digest }
  | { readonly state: 'failed'; readonly error: LodestoneError };

export interface SourceStatus {
  readonly name: string;
  readonly power: 'orders' | 'lists' | 'provider';
  /** Last refresh that was accepted whole. */
  readonly refreshed?: Instant;
  /** Why the last refresh was refused; what was trusted before stays in force. */
  readonly error?: LodestoneError;
}

export interface OrderStatus {
  readonly orderDigest: Digest;
  readonly source: string;
  readonly order: DetectionOrder;
  /** `announced`: wider than what was in force before; takes effect on `acknowledge(digest)`, at the latest at `effectiveFrom`. */
  readonly state: 'not-yet' | 'announced' | 'in-force' | 'ended';
  readonly effectiveFrom: Instant;
}

export interface ListStatus {
  readonly reference: TargetReference;
  /** What is in force; missing where there is none yet, or it has ended. */
  readonly release?: {
    readonly version: number;
    /** SHA-256 of the manifest: what a signal names. */
    readonly manifestDigest: Digest;
    readonly fileDigest: Digest;
    readonly merkleRoot: Digest;
    readonly records: number;
    readonly notAfter: Instant;
  };
  readonly error?: LodestoneError;
}

export interface ModelStatus {
  readonly reference: TargetReference;
  /** What is in force; missing where there is none yet, or it has ended. */
  readonly release?: {
    readonly version: number;
    /** SHA-256 of the manifest: what a signal names. */
    readonly manifestDigest: Digest;
    readonly fileDigest: Digest;
    /** Its card has figures by group, so an order may signal by it. */
    readonly maySignal: boolean;
    readonly notAfter: Instant;
  };
  /** Why it could not be had, does not run, or may not be used as an order asks. Lists are looked up without it. */
  readonly error?: LodestoneError;
}

/** A signal left under this order, and its user is to be told now. */
export interface Notice {
  readonly id: string;
  readonly orderDigest: Digest;
  readonly since: Instant;
}

export interface GuardStatus {
  /** `idle`: there is no document (server-side rendering), so nothing runs. */
  readonly state: 'idle' | 'starting' | 'ready' | 'disposed';
  /** `memory`: the browser refuses storage, so nothing outlives this page. */
  readonly storage: 'unknown' | 'persistent' | 'memory';
  readonly sandbox: SandboxStatus;
  readonly sources: readonly SourceStatus[];
  readonly orders: readonly OrderStatus[];
  readonly lists: readonly ListStatus[];
  readonly models: readonly ModelStatus[];
  readonly notices: readonly Notice[];
  /** The way out: sealed signals that wait for a slot, and why the last step failed, if it did. */
  readonly outbox: { readonly waiting: number; readonly error?: LodestoneError };
}

export const FIRST_STATUS: GuardStatus = Object.freeze({
  state: 'idle',
  storage: 'unknown',
  sandbox: Object.freeze({ state: 'none' }),
  sources: Object.freeze([]),
  orders: Object.freeze([]),
  lists: Object.freeze([]),
  models: Object.freeze([]),
  notices: Object.freeze([]),
  outbox: Object.freeze({ waiting: 0 }),
});

/** Holds the current status and notifies subscribers of each change. */
export class StatusHolder {
  #current: GuardStatus = FIRST_STATUS;
  readonly #subscribers = new Set<() => void>();

  get current(): GuardStatus {
    return this.#current;
  }

  /** Does nothing if `status` is the current object. */
  publish(status: GuardStatus): void {
    if (status === this.#current) return;
    this.#current = Object.freeze(status);
    for (const changed of this.#subscribers) {
      try {
        changed();
      } catch (error) {
        reportError(error); // a subscriber that throws must not stop the guard
      }
    }
  }

  update(change: Partial<GuardStatus>): void {
    this.publish({ ...this.#current, ...change });
  }

  subscribe(changed: () => void): () => void {
    this.#subscribers.add(changed);
    return () => this.#subscribers.delete(changed);
  }
}
