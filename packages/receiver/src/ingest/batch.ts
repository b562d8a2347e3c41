/**
 * Gathers items that arrive close together and stores them as one batch; runs the rules of batch-state.ts.
 * Promise: all items of a batch succeed or fail at the same time, so within a batch the time of an answer does not reveal
 * what a body contained. Flow: ingest → here → store. Spec: docs/design/receiver.md#ingest.
 */
import { type BatchEvent, type BatchLimits, EMPTY, next } from './batch-state.ts';

export interface BatchOptions extends BatchLimits {
  /** How long the first item of a batch waits for others. */
  waitMs: number;
  /** An item whose batch is not stored by then is rejected. The batch is stored all the same, so an item may be added again. */
  answerMs: number;
}

/** The batch that still accepts items. `stored` settles when it was stored, or failed. */
interface OpenBatch<T> {
  readonly items: T[];
  readonly stored: PromiseWithResolvers<void>;
  timer?: NodeJS.Timeout;
  /** From its first item on. */
  deadline?: NodeJS.Timeout;
}

export class Batcher<T> {
  #state = EMPTY;
  #open: OpenBatch<T> = newBatch();
  /** Complete batches, in the order in which they are stored. */
  readonly #complete: OpenBatch<T>[] = [];
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

  /** Resolves when the batch of `item` is stored; rejects when that fails, or takes too long. */
  add(item: T): Promise<void> {
    const batch = this.#open;
    const { items, stored } = batch;
    items.push(item);
    if (items.length === 1) {
      const late = (): void => stored.reject(new Error(`not stored within ${this.#options.answerMs} ms`));
      batch.deadline = setTimeout(late, this.#options.answerMs).unref();
    }
    this.#apply({ kind: 'added' });
    return stored.promise;
  }

  /** Stores the open batch, and resolves when every batch has settled. */
  async close(): Promise<void> {
    this.#apply({ kind: 'closing' });
    while (this.#stores.size > 0) await Promise.allSettled(this.#stores);
  }

  #apply(event: BatchEvent): void {
    const { state, action } = next(this.#state, event, this.#options);
    this.#state = state;
    if (action === 'store') this.#complete.push(this.#takeOpen());
    if (action === 'start-wait') {
      this.#open.timer = setTimeout(() => this.#apply({ kind: 'wait-ended' }), this.#options.waitMs);
    }
    this.#storeComplete();
  }

  #takeOpen(): OpenBatch<T> {
    const open = this.#open;
    clearTimeout(open.timer);
    this.#open = newBatch();
    return open;
  }

  #storeComplete(): void {
    while (this.#stores.size < this.#options.maxStores) {
      const batch = this.#complete.shift();
      if (!batch) return;
      const { items, stored, deadline } = batch;
      const work = this.#store(items).finally(() => {
        clearTimeout(deadline);
        this.#stores.delete(work);
        this.#apply({ kind: 'stored', items: items.length });
      });
      this.#stores.add(work);
      work.then(stored.resolve, stored.reject);
    }
  }
}

function newBatch<T>(): OpenBatch<T> {
  return { items: [], stored: Promise.withResolvers<void>() };
}
