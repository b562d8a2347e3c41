/** Items that arrive close together are stored as one batch, and all of them succeed or fail together. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Batcher } from '../src/ingest/batch.ts';
import { type BatchEvent, EMPTY, next } from '../src/ingest/batch-state.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('items that arrive within the wait form one batch, and a later item starts the next', async () => {
  const stored: (readonly number[])[] = [];
  const batcher = new Batcher<number>(async (items) => void stored.push(items), { waitMs: 50, maxItems: 10 });
  const first = [batcher.add(Promise.resolve(1)), batcher.add(Promise.resolve(2))];
  await vi.advanceTimersByTimeAsync(49);
  expect(stored).toEqual([]);
  first.push(batcher.add(Promise.resolve(3)));
  await vi.advanceTimersByTimeAsync(1);
  await Promise.all(first);
  const second = batcher.add(Promise.resolve(4));
  await vi.advanceTimersByTimeAsync(50);
  await second;
  expect(stored).toEqual([[1, 2, 3], [4]]);
});

test('no item resolves before its batch is stored', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const batcher = new Batcher<number>(() => promise, { waitMs: 50, maxItems: 10 });
  let isResolved = false;
  const added = batcher.add(Promise.resolve(1)).then(() => (isResolved = true));
  await vi.advanceTimersByTimeAsync(500);
  expect([isResolved, batcher.waiting]).toEqual([false, 1]);
  resolve();
  await added;
  expect(batcher.waiting).toBe(0);
});

test('a full batch is stored immediately, and the next item starts a new batch', async () => {
  const stored: (readonly number[])[] = [];
  const batcher = new Batcher<number>(async (items) => void stored.push(items), { waitMs: 50, maxItems: 2 });
  const added = [1, 2, 3].map((item) => batcher.add(Promise.resolve(item)));
  await vi.advanceTimersByTimeAsync(0);
  expect(stored).toEqual([[1, 2]]);
  await vi.advanceTimersByTimeAsync(50);
  await Promise.all(added);
  expect(stored).toEqual([[1, 2], [3]]);
});

test('an error of the store or of one item rejects all items of that batch and no others', async () => {
  const batcher = new Batcher<number>(
    (items) => (items.includes(13) ? Promise.reject(new Error('no thirteen')) : Promise.resolve()),
    { waitMs: 50, maxItems: 2 },
  );
  const outcomes = Promise.allSettled(
    [
      Promise.resolve(1),
      Promise.resolve(13),
      Promise.resolve(3),
      Promise.resolve(4),
      Promise.reject(new Error('5')),
      Promise.resolve(6),
    ].map((item) => batcher.add(item)),
  );
  await vi.advanceTimersByTimeAsync(50);
  expect((await outcomes).map(({ status }) => status)).toEqual([
    ...['rejected', 'rejected'],
    ...['fulfilled', 'fulfilled'],
    ...['rejected', 'rejected'],
  ]);
});

test('close stores the open batch', async () => {
  const stored: (readonly number[])[] = [];
  const batcher = new Batcher<number>(async (items) => void stored.push(items), { waitMs: 50, maxItems: 10 });
  const added = batcher.add(Promise.resolve(1));
  await batcher.close();
  await added;
  expect(stored).toEqual([[1]]);
});

test('with any timing, each item is stored once, in order, in batches up to the maximum size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: 60 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 8 }),
      async (pauses, maxItems) => {
        const stored: (readonly number[])[] = [];
        const batcher = new Batcher<number>(async (items) => void stored.push(items), { waitMs: 50, maxItems });
        const added: Promise<void>[] = [];
        for (const [i, pause] of pauses.entries()) {
          added.push(batcher.add(Promise.resolve(i)));
          await vi.advanceTimersByTimeAsync(pause);
        }
        await batcher.close();
        await Promise.all(added);
        expect(stored.flat()).toEqual(pauses.map((_, i) => i));
        expect(Math.max(0, ...stored.map(({ length }) => length))).toBeLessThanOrEqual(maxItems);
      },
    ),
  );
});

test('with any events, a batch is stored when it is full, and the count of waiting items is right', () => {
  const event = fc.constantFrom<BatchEvent['kind']>('added', 'wait-ended', 'closing', 'stored');
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (kinds, maxItems) => {
      const sent: number[] = [];
      let [state, waiting] = [EMPTY, 0];
      for (const kind of kinds) {
        const items = kind === 'stored' ? sent.shift() : 0;
        if (items === undefined) continue; // no batch is being stored
        const before = state.gathering + (kind === 'added' ? 1 : 0);
        const step = next(state, kind === 'stored' ? { kind, items } : { kind }, maxItems);
        if (step.action === 'store') sent.push(before);
        expect(step.action === 'start-wait').toBe(kind === 'added' && before === 1 && maxItems > 1);
        state = step.state;
        waiting += kind === 'added' ? 1 : -items;
        expect(state.gathering + state.storing).toBe(waiting);
        expect(state.gathering).toBeLessThan(maxItems);
      }
      expect(sent.every((items) => items >= 1 && items <= maxItems)).toBe(true);
    }),
  );
});
