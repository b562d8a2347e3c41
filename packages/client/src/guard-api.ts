/** The guard as host apps see it. Spec: docs/design/client.md#guard */
import type { Media, OrderDigest, Surface } from '@lodestone/protocol';
import type { CheckOptions } from './check.ts';
import type { MaybeDisposable } from './maybe-disposable.ts';
import type { Ledger } from './network/ledger.ts';
import type { Check } from './answer.ts';
import type { GuardStatus } from './status.ts';

export interface Guard extends MaybeDisposable {
  /** Resolves when the stored inputs are read. Never rejects. */
  readonly ready: Promise<void>;
  /**
   * Resolves when every source was asked once for its metadata and orders, or after 30 s; at once in a browser that is too old,
   * without a document, and after `dispose`. Never rejects: `status.problems` says what failed.
   */
  readonly firstRefresh: Promise<void>;
  /**
   * Whether content of this kind is checked now. True while orders are not known, false in a browser that is too old.
   * @throws {LodestoneError} `ERR_OPTIONS`, if the surface or the medium is unknown
   */
  appliesTo(what: { surface: Surface; media?: Media }): boolean;
  /**
   * Starts the sandbox, and loads the models that orders in force name, because a picture is likely to follow: call it when the
   * user opens a conversation or a file dialog. Without an order for the surface nothing starts.
   * @throws {LodestoneError} `ERR_OPTIONS`, if the surface is unknown
   */
  prepare(what: { surface: Surface }): void;
  /**
   * Checks the exact bytes that will be sent or shown. Switch over the answer's `action` exhaustively, so that a value that
   * the app does not know does not send.
   * @throws the signal's reason, or `LodestoneError` `ERR_DISPOSED`, `ERR_NO_DOCUMENT` or `ERR_CONTENT`; nothing else
   * @example
   * const check = await guard.check(file, { surface: 'send' });
   */
  check(content: Blob | BufferSource, options: CheckOptions): Promise<Check>;
  /** Frozen; the same object until something changes. */
  readonly status: GuardStatus;
  /** Calls `changed` after each change of `status`; returns how to stop. */
  subscribe(changed: () => void): () => void;
  /** Confirms that the user has seen an order: an announced one takes effect now. */
  acknowledgeOrder(orderDigest: OrderDigest): Promise<void>;
  /** Confirms that the user has seen a notice: it is deleted. */
  acknowledgeNotice(id: string): Promise<void>;
  readonly ledger: Ledger;
  /**
   * Ends the sandbox, the timers and all requests. Later calls reject with `ERR_DISPOSED`; then `appliesTo` returns false, and
   * `prepare` does nothing.
   */
  dispose(): void;
}
