/**
 * Gathers items that arrive close together and stores them as one batch; runs the rules of batch-state.ts.
 * Promise: all items of a batch succeed or fail at the same time, so within a batch the time of an answer does not reveal
 * what a body contained. Flow: ingest → here → store. Spec: docs/design/receiver.md#ingest.
 */
import { type BatchEvent, EMPTY, next } from './batch-state.ts';

export interface BatchOptions {
  /** How long the first item of a batch waits for others. */
  waitMs: number;
  maxItems: number;
}

/** The batch that still accepts items. `stored` settles when it was stored, or failed. */
interface OpenBatch<T> {
  readonly items: Promise<T>[];
  readonly stored: PromiseWithResolvers<void>;
  timer?: NodeJS.Timeout;
}

export class Batcher<T> {
  #state = EMPTY;
  #open: OpenBatch<T> = newBatch();
  readonly #stores = new Set<Promise<void>>();
  readonly #store: (items: readonly T[]) => Promise<void>;
  readonly #options: BatchOptions;

  constructor(store: (items: readonly T[]) => Promise<void>, options: BatchOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Items that were added and are not stored yet. */
  get waiting(): number {
    return this.#state.gathering + this.#state.storing;
  }

  /** Resolves when the batch of `item` is stored; rejects when that fails. */
  add(item: Promise<T>): Promise<void> {
    const batch = this.#open;
    batch.items.push(item);
    item.catch(() => undefined); // the batch handles the rejection when it is stored; until then it is not unhandled
    this.#apply({ kind: 'added' });
    return batch.stored.promise;
  }

  /** Stores the open batch, and resolves when every batch has settled. */
  async close(): Promise<void> {
    this.#apply({ kind: 'closing' });
    await Promise.allSettled(this.#stores);
  }

  #apply(event: BatchEvent): void {
    const { state, action } = next(this.#state, event, this.#options.maxItems);
    this.#state = state;
    if (action === 'store') this.#storeOpen();
    if (action === 'start-wait') {
      this.#open.timer = setTimeout(() => this.#apply({ kind: 'wait-ended' }), this.#options.waitMs);
    }
  }

  #storeOpen(): void {
    const { items, stored, timer } = this.#open;
    this.#open = newBatch();
    clearTimeout(timer);
    const work = Promise.all(items)
      .then((values) => this.#store(values))
      .finally(() => {
        this.#stores.delete(work);
        this.#apply({ kind: 'stored', items: items.length });
      });
    this.#stores.add(work);
    work.then(stored.resolve, stored.reject);
  }
}

function newBatch<T>(): OpenBatch<T> {
  return { items: [], stored: Promise.withResolvers<void>() };
}
