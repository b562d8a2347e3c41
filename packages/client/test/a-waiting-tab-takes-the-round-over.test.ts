/** Web Locks of a round: one tab at a time, and a tab that waits behind a frozen one takes over after the given time. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withLock } from '../src/network/updater/round-lock.ts';

const STEAL_MS = 240_000;
let stop: AbortController;
beforeEach(() => {
  vi.useFakeTimers();
  stop = new AbortController();
});
afterEach(() => {
  vi.useRealTimers();
  stop.abort();
});

const lock = (name: string) => ({ locks: navigator.locks, name, stealAfterMs: STEAL_MS, stop: stop.signal });
const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

test('work of two tabs under one name runs one after the other', async () => {
  const events: string[] = [];
  const first = Promise.withResolvers<void>();
  const one = withLock(lock('serial'), async () => {
    events.push('first begins');
    await first.promise;
    events.push('first ends');
  });
  const two = withLock(lock('serial'), async () => void events.push('second'));
  await settled();
  expect(events).toEqual(['first begins']);
  first.resolve();
  await Promise.all([one, two]);
  expect(events).toEqual(['first begins', 'first ends', 'second']);
});

test('a tab that waits too long takes the lock, and the work of the frozen tab still ends with its own result', async () => {
  const frozen = Promise.withResolvers<string>();
  const one = withLock(lock('frozen'), () => frozen.promise);
  await settled();
  const two = withLock(lock('frozen'), async () => 'second');
  await vi.advanceTimersByTimeAsync(STEAL_MS - 1);
  let isOver = false;
  void two.then(() => (isOver = true));
  await settled();
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await two).toBe('second');
  frozen.resolve('first, later');
  expect(await one).toBe('first, later');
});

test('without Web Locks the work runs immediately', async () => {
  expect(await withLock({ ...lock('none'), locks: undefined }, async () => 1)).toBe(1);
});

test('a guard that is disposed while it waits starts no work', async () => {
  const held = Promise.withResolvers<void>();
  const one = withLock(lock('stopped'), () => held.promise);
  const waiting = withLock(lock('stopped'), async () => expect.unreachable());
  await settled();
  stop.abort(new Error('disposed'));
  await expect(waiting).rejects.toThrow('disposed');
  held.resolve();
  await one;
});

test('an error of the work is the error of the caller, and frees the lock', async () => {
  const failing = withLock(lock('error'), async () => {
    throw new Error('storage failed');
  });
  await expect(failing).rejects.toThrow('storage failed');
  expect(await withLock(lock('error'), async () => 'next')).toBe('next');
});
