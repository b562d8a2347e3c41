/**
 * Status and notifications: one frozen object that stays the same until something changes, so that it fits React's
 * useSyncExternalStore. It has codes and the order's signed summary, and no text for users. Spec: docs/design/client.md#status
 */
import type {
  DetectionOrder,
  Digest,
  ErrorCode,
  OrderDigest,
  ManifestDigest,
  FileDigest,
  Instant,
  LodestoneError,
  PartName,
  TargetReference,
} from '@lodestone/protocol';
import type { ReleaseChange } from '@lodestone/trust';

export type SandboxStatus =
  | { readonly state: 'none' } // no order is in force, so none is needed
  | { readonly state: 'starting' }
  | { readonly state: 'ready'; readonly build: Digest }
  | { readonly state: 'failed'; readonly error: LodestoneError };

export interface SourceStatus {
  readonly name: string;
  readonly power: 'orders' | 'lists' | 'provider';
  /** Time of the last refresh that was accepted completely. */
  readonly refreshed?: Instant;
  /** Why the last refresh was refused. Inputs that were trusted before stay in force. */
  readonly error?: LodestoneError;
}

export interface OrderStatus {
  readonly orderDigest: OrderDigest;
  readonly source: string;
  readonly order: DetectionOrder;
  /**
   * - `not-yet`: its period has not begun, or its lists and models are not on the device yet (at most 24 hours)
   * - `announced`: wider than the orders before it; takes effect when acknowledged, at the latest at `effectiveFrom`
   * - `unknown`: its source has had no valid timestamp for 14 days; nothing is scanned or sent under it
   */
  readonly state: 'not-yet' | 'announced' | 'in-force' | 'unknown' | 'ended';
  /** The host has shown it to the user, or it is no wider than orders that the host has shown. */
  readonly acknowledged: boolean;
  readonly effectiveFrom: Instant;
  /**
   * Only of an announced order: the fields in which it is wider than the orders in force, such as `detect[0].maxDistance`;
   * `order` if none is in force.
   */
  readonly wider?: readonly string[];
  /**
   * The lists and models that it names and that do not serve it now: not on the device, ended, or of another purpose or
   * release than it requires. `lists` and `models` say why. Without the model that confirms near matches none is signalled.
   */
  readonly missing: readonly TargetReference[];
}

/** With neither `release` nor `error` it has not been fetched yet. */
export interface ListStatus {
  readonly reference: TargetReference;
  /** The release in force; missing if there is none yet, or if it has ended. */
  readonly release?: {
    readonly version: number;
    /** SHA-256 of the manifest; a signal contains it. */
    readonly manifestDigest: ManifestDigest;
    readonly fileDigest: FileDigest;
    /** `locked`: the device can match pictures against its PDQ rows, and cannot read them. */
    readonly form: 'plain' | 'locked';
    readonly merkleRoot: Digest;
    readonly records: number;
    readonly notAfter: Instant;
  };
  /** Why it could not be fetched, or does not serve an order that names it: it has another purpose. */
  readonly error?: LodestoneError;
}

/** With neither `release` nor `error` it has not been fetched yet. */
export interface ModelStatus {
  readonly reference: TargetReference;
  /** The release in force; missing if there is none yet, or if it has ended. */
  readonly release?: {
    readonly version: number;
    /** SHA-256 of the manifest; a signal contains it. */
    readonly manifestDigest: ManifestDigest;
    readonly fileDigest: FileDigest;
    /** Its manifest has accuracy figures by group, so an order may signal on its findings. */
    readonly maySignal: boolean;
    readonly notAfter: Instant;
  };
  /** Why it could not be fetched, does not run, or may not be used as an order requires. Lists are matched without it. */
  readonly error?: LodestoneError;
}

/** What the user must be informed of now. `kind` says what it is about. Each stays until `acknowledge` is called with its id. */
export type Notice = SignalNotice | ReleaseNotice;

/** A list grew by more than a quarter since its last notice, or a model was replaced by one that finds something else. */
export type ReleaseNotice = ReleaseChange & {
  /** Another one if the list or model changes again before this was acknowledged. */
  readonly id: string;
  /** The list or model. */
  readonly reference: TargetReference;
  /** The orders that name it and have not ended. */
  readonly orders: readonly OrderDigest[];
};

/** A signal was sent under this order, or may have been. */
export interface SignalNotice {
  readonly kind: 'signal';
  readonly id: string;
  readonly orderDigest: OrderDigest;
  /** Midnight UTC of the day since which the notice is due. */
  readonly since: Instant;
  /** `may-have-been-sent`: no request was answered with 204 so far. */
  readonly delivery: 'sent' | 'may-have-been-sent';
  /** What the user quotes to contest the signal. Missing under an order with `subject: "none"`. */
  readonly receipt?: string;
}

/** The status does not say whether a signal waits. */
export interface OutboxStatus {
  /**
   * The orders in force of which a match would be counted now: it can be evidence (models see pictures only, and need figures by
   * group), a receiver key that can seal it is on the device and, if the
   * order requires a pseudonym, a batch of the account's subject ids covers this day. A match under another order is forgotten.
   * A key seals for up to 30 days after its end; requests wait for the next one. Judged again when orders or ids change, when a
   * key begins or becomes too old, at the end of each UTC day, and every hour, because the clock may have been set. It does not
   * say whether matches have taken all ids of the batch, or whether a list is missing.
   */
  readonly armed: readonly OrderDigest[];
  /** Why the last request to the receiver failed, otherwise why the last one for subject ids did. */
  readonly error?: LodestoneError;
}

/** A part of the sandbox that an order needs and that does not run: what it would look at ends `unscannable`. */
export interface PartStatus {
  readonly part: PartName;
  readonly error: LodestoneError;
}

/** What is wrong, for the developer of the host app; not for users. */
export interface Problem {
  readonly code: ErrorCode;
  /** `sandbox`, `storage`, `outbox`, the name of a source, the reference of a list or model, or a part of the sandbox. */
  readonly of: string;
  /** What happened. */
  readonly sentence: string;
  /** What to do. */
  readonly fix: string;
}

export interface GuardStatus {
  /**
   * - `idle`: there is no document (server-side rendering), so nothing runs
   * - `unsupported`: the browser lacks a feature that `sandbox.error` names. Final
   */
  readonly state: 'idle' | 'starting' | 'ready' | 'unsupported' | 'disposed';
  /** `memory`: the browser refuses storage, so everything is lost when the page is closed. */
  readonly storage: 'unknown' | 'persistent' | 'memory';
  readonly sandbox: SandboxStatus;
  readonly sources: readonly SourceStatus[];
  /** Those in force come first, then the announced ones. */
  readonly orders: readonly OrderStatus[];
  readonly lists: readonly ListStatus[];
  readonly models: readonly ModelStatus[];
  /** Empty unless an item needed a part that does not run. The parts of models report by model. */
  readonly parts: readonly PartStatus[];
  readonly notices: readonly Notice[];
  readonly outbox: OutboxStatus;
  /** Everything that is wrong now. The option `debug` writes each to the console. */
  readonly problems: readonly Problem[];
}

export const FIRST_STATUS: GuardStatus = Object.freeze({
  state: 'idle',
  storage: 'unknown',
  sandbox: Object.freeze({ state: 'none' }),
  sources: Object.freeze([]),
  orders: Object.freeze([]),
  lists: Object.freeze([]),
  models: Object.freeze([]),
  parts: Object.freeze([]),
  notices: Object.freeze([]),
  outbox: Object.freeze({ armed: Object.freeze([]) }),
  problems: Object.freeze([]),
});

/** In a page, until storage is read. */
export const STARTING_STATUS: GuardStatus = Object.freeze({ ...FIRST_STATUS, state: 'starting' });

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
