/**
 * Gathers what arrives within a moment and stores it together: all of a batch succeed, or all fail, at the same time.
 * So the time of an answer does not tell what was in the body. Spec: DESIGN §9.
 */

export interface Batches<T> {
  /** Items whose batch is not stored yet. */
  readonly waiting: number;
  /** Settles when the batch that `item` is in was stored, or failed. */
  add(item: Promise<T>): Promise<void>;
  /** Stores what waits, and resolves when nothing is under way. */
  close(): Promise<void>;
}

interface Batch<T> {
  readonly items: Promise<T>[];
  readonly stored: Promise<void>;
  /** Ends the wait. */
  readonly send: () => void;
}

export function gather<T>(
  store: (items: readonly T[]) => Promise<void>,
  { waitMs, maxItems }: { waitMs: number; maxItems: number },
): Batches<T> {
  let open: Batch<T> | undefined;
  let waiting = 0;
  const underWay = new Set<Promise<void>>();

  function begin(): Batch<T> {
    const items: Promise<T>[] = [];
    const { promise: sent, resolve: send } = Promise.withResolvers<void>();
    const timer = setTimeout(send, waitMs);
    const stored = sent.then(async () => {
      clearTimeout(timer);
      if (open === batch) open = undefined;
      await store(await Promise.all(items));
    });
    const batch: Batch<T> = { items, stored, send };
    underWay.add(stored);
    const settled = (): boolean => underWay.delete(stored);
    stored.then(settled, settled);
    return batch;
  }

  return {
    get waiting() {
      return waiting;
    },
    async add(item) {
      open ??= begin();
      const batch = open;
      batch.items.push(item);
      item.catch(() => undefined); // the batch hears of it when it is sent; until then it must not count as unhandled
      if (batch.items.length >= maxItems) {
        open = undefined;
        batch.send();
      }
      waiting++;
      try {
        await batch.stored;
      } finally {
        waiting--;
      }
    },
    async close() {
      open?.send();
      await Promise.allSettled(underWay);
    },
  };
}
