/** What is gathered is stored together, within its time and size, and all who wait hear the same. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { gather } from '../src/ingest/batch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('items that come within the wait are one batch; one that comes later is the next', async () => {
  const stored: (readonly number[])[] = [];
  const batches = gather<number>(async (items) => void stored.push(items), { waitMs: 50, maxItems: 10 });
  const first = [batches.add(Promise.resolve(1)), batches.add(Promise.resolve(2))];
  await vi.advanceTimersByTimeAsync(49);
  expect(stored).toEqual([]);
  first.push(batches.add(Promise.resolve(3)));
  await vi.advanceTimersByTimeAsync(1);
  await Promise.all(first);
  const second = batches.add(Promise.resolve(4));
  await vi.advanceTimersByTimeAsync(50);
  await second;
  expect(stored).toEqual([[1, 2, 3], [4]]);
});

test('nobody is answered before the batch is stored', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const batches = gather<number>(() => promise, { waitMs: 50, maxItems: 10 });
  let isAnswered = false;
  const added = batches.add(Promise.resolve(1)).then(() => (isAnswered = true));
  await vi.advanceTimersByTimeAsync(500);
  expect([isAnswered, batches.waiting]).toEqual([false, 1]);
  resolve();
  await added;
  expect(batches.waiting).toBe(0);
});

test('a full batch goes at once, and the next one begins', async () => {
  const stored: (readonly number[])[] = [];
  const batches = gather<number>(async (items) => void stored.push(items), { waitMs: 50, maxItems: 2 });
  const added = [1, 2, 3].map((item) => batches.add(Promise.resolve(item)));
  await vi.advanceTimersByTimeAsync(0);
  expect(stored).toEqual([[1, 2]]);
  await vi.advanceTimersByTimeAsync(50);
  await Promise.all(added);
  expect(stored).toEqual([[1, 2], [3]]);
});

test('an error of the store, or of one item, reaches all of that batch and none of another', async () => {
  const batches = gather<number>(
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
    ].map((item) => batches.add(item)),
  );
  await vi.advanceTimersByTimeAsync(50);
  expect((await outcomes).map(({ status }) => status)).toEqual([
    ...['rejected', 'rejected'],
    ...['fulfilled', 'fulfilled'],
    ...['rejected', 'rejected'],
  ]);
});

test('close stores what waits', async () => {
  const stored: (readonly number[])[] = [];
  const batches = gather<number>(async (items) => void stored.push(items), { waitMs: 50, maxItems: 10 });
  const added = batches.add(Promise.resolve(1));
  await batches.close();
  await added;
  expect(stored).toEqual([[1]]);
});

test('whatever the rhythm, each item is stored once, in order, in batches no larger than allowed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: 60 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 8 }),
      async (pauses, maxItems) => {
        const stored: (readonly number[])[] = [];
        const batches = gather<number>(async (items) => void stored.push(items), { waitMs: 50, maxItems });
        const added: Promise<void>[] = [];
        for (const [i, pause] of pauses.entries()) {
          added.push(batches.add(Promise.resolve(i)));
          await vi.advanceTimersByTimeAsync(pause);
        }
        await batches.close();
        await Promise.all(added);
        expect(stored.flat()).toEqual(pauses.map((_, i) => i));
        expect(Math.max(0, ...stored.map(({ length }) => length))).toBeLessThanOrEqual(maxItems);
      },
    ),
  );
});
