/** Items that arrive close together are stored as one batch, and all of them succeed or fail together. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Batcher } from '../src/ingest/batch.ts';
import { type BatchEvent, EMPTY, next } from '../src/ingest/batch-state.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('items that arrive within the wait form one batch, and a later item starts the next', async () => {
  const stored: (readonly number[])[] = [];
  const batcher = new Batcher<number>(async (items) => void stored.push(items), {
    waitMs: 50,
    answerMs: 60_000,
    maxItems: 10,
    maxStores: 2,
  });
  const first = [batcher.add(1), batcher.add(2)];
  await vi.advanceTimersByTimeAsync(49);
  expect(stored).toEqual([]);
  first.push(batcher.add(3));
  await vi.advanceTimersByTimeAsync(1);
  await Promise.all(first);
  const second = batcher.add(4);
  await vi.advanceTimersByTimeAsync(50);
  await second;
  expect(stored).toEqual([[1, 2, 3], [4]]);
});

test('no item resolves before its batch is stored', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const batcher = new Batcher<number>(() => promise, { waitMs: 50, answerMs: 60_000, maxItems: 10, maxStores: 2 });
  let isResolved = false;
  const added = batcher.add(1).then(() => (isResolved = true));
  await vi.advanceTimersByTimeAsync(500);
  expect([isResolved, batcher.waiting]).toEqual([false, 1]);
  resolve();
  await added;
  expect(batcher.waiting).toBe(0);
});

test('items of a batch that is not stored in time are rejected, also those that wait behind it, and are stored all the same', async () => {
  const stored: (readonly number[])[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const batcher = new Batcher<number>((items) => promise.then(() => void stored.push(items)), {
    waitMs: 50,
    answerMs: 1_000,
    maxItems: 2,
    maxStores: 1,
  });
  const outcomes = Promise.allSettled([1, 2, 3].map((item) => batcher.add(item)));
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(batcher.waiting).toBe(3); // new ones are refused once too many wait
  resolve();
  await vi.advanceTimersByTimeAsync(50);
  expect([stored, batcher.waiting, vi.getTimerCount()]).toEqual([[[1, 2], [3]], 0, 0]);
  await expect(Promise.all([batcher.add(4), vi.advanceTimersByTimeAsync(50)])).resolves.toBeDefined();
});

test('a full batch is stored immediately, and the next item starts a new batch', async () => {
  const stored: (readonly number[])[] = [];
  const batcher = new Batcher<number>(async (items) => void stored.push(items), {
    waitMs: 50,
    answerMs: 60_000,
    maxItems: 2,
    maxStores: 2,
  });
  const added = [1, 2, 3].map((item) => batcher.add(item));
  await vi.advanceTimersByTimeAsync(0);
  expect(stored).toEqual([[1, 2]]);
  await vi.advanceTimersByTimeAsync(50);
  await Promise.all(added);
  expect(stored).toEqual([[1, 2], [3]]);
});

test('an error of the store rejects all items of that batch and no others', async () => {
  const batcher = new Batcher<number>(
    (items) => (items.includes(13) ? Promise.reject(new Error('no thirteen')) : Promise.resolve()),
    { waitMs: 50, answerMs: 60_000, maxItems: 2, maxStores: 2 },
  );
  const outcomes = Promise.allSettled([1, 13, 3, 4].map((item) => batcher.add(item)));
  await vi.advanceTimersByTimeAsync(50);
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled']);
});

test('while the store is busy, a batch grows, and is stored when the store is free', async () => {
  const stored: (readonly number[])[] = [];
  const ends: (() => void)[] = [];
  const store = (items: readonly number[]): Promise<void> => {
    stored.push(items);
    return new Promise((resolve) => ends.push(resolve));
  };
  const batcher = new Batcher<number>(store, { waitMs: 50, answerMs: 60_000, maxItems: 3, maxStores: 1 });
  const added = [batcher.add(1)];
  await vi.advanceTimersByTimeAsync(50);
  added.push(batcher.add(2));
  await vi.advanceTimersByTimeAsync(200); // it is due
  added.push(batcher.add(3));
  expect(stored).toEqual([[1]]);
  ends[0]?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(stored).toEqual([[1], [2, 3]]);
  for (const item of [4, 5, 6, 7]) added.push(batcher.add(item)); // one is full, and waits for its turn
  await vi.advanceTimersByTimeAsync(200);
  expect(stored).toHaveLength(2);
  const closed = batcher.close();
  for (let i = 1; i < 4; i++) {
    ends[i]?.();
    await vi.advanceTimersByTimeAsync(0);
  }
  await Promise.all([closed, ...added]);
  expect(stored).toEqual([[1], [2, 3], [4, 5, 6], [7]]);
});

test('close stores the open batch', async () => {
  const stored: (readonly number[])[] = [];
  const batcher = new Batcher<number>(async (items) => void stored.push(items), {
    waitMs: 50,
    answerMs: 60_000,
    maxItems: 10,
    maxStores: 2,
  });
  const added = batcher.add(1);
  await batcher.close();
  await added;
  expect(stored).toEqual([[1]]);
});

test('with any timing, each item is stored once, in order, in batches up to the maximum size, and few at a time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: 60 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 200 }),
      async (pauses, maxItems, maxStores, storeMs) => {
        const stored: (readonly number[])[] = [];
        let [running, most] = [0, 0];
        const store = async (items: readonly number[]): Promise<void> => {
          stored.push(items);
          most = Math.max(most, ++running);
          await new Promise((resolve) => setTimeout(resolve, storeMs));
          running--;
        };
        const batcher = new Batcher<number>(store, { waitMs: 50, answerMs: 60_000, maxItems, maxStores });
        const added: Promise<void>[] = [];
        for (const [i, pause] of pauses.entries()) {
          added.push(batcher.add(i));
          await vi.advanceTimersByTimeAsync(pause);
        }
        const closed = batcher.close();
        await vi.advanceTimersByTimeAsync((storeMs + 1) * 41); // a fake timer that another one starts takes at least 1 ms
        expect(batcher.waiting).toBe(0);
        await Promise.all([closed, ...added]);
        expect(stored.flat()).toEqual(pauses.map((_, i) => i));
        expect(Math.max(0, ...stored.map(({ length }) => length))).toBeLessThanOrEqual(maxItems);
        expect(most).toBeLessThanOrEqual(maxStores);
      },
    ),
  );
});

test('with any events, no item stays in a batch that is due while the store is free, and the count of waiting items is right', () => {
  const event = fc.constantFrom<BatchEvent['kind']>('added', 'wait-ended', 'closing', 'stored');
  const limits = fc.record({ maxItems: fc.integer({ min: 1, max: 8 }), maxStores: fc.integer({ min: 1, max: 3 }) });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), limits, (kinds, limit) => {
      const sent: number[] = [];
      let [state, waiting] = [EMPTY, 0];
      for (const kind of kinds) {
        const items = kind === 'stored' ? sent.shift() : 0;
        if (items === undefined) continue; // no batch is being stored
        const before = state.gathering + (kind === 'added' ? 1 : 0);
        const step = next(state, kind === 'stored' ? { kind, items } : { kind }, limit);
        if (step.action === 'store') sent.push(before);
        expect(step.action === 'start-wait').toBe(kind === 'added' && before === 1 && limit.maxItems > 1);
        state = step.state;
        waiting += kind === 'added' ? 1 : -items;
        expect(state.gathering + state.storing).toBe(waiting);
        expect([state.gathering < limit.maxItems, state.batches]).toEqual([true, sent.length]);
        if (state.isDue) expect([state.gathering > 0, state.batches >= limit.maxStores]).toEqual([true, true]);
        if (kind === 'wait-ended' && state.gathering > 0) expect(state.isDue).toBe(true);
      }
      expect(sent.every((items) => items >= 1 && items <= limit.maxItems)).toBe(true);
    }),
  );
});
