import { expect, test } from 'vitest';
import { createQueue } from '../src/content/queue.ts';

const never = new AbortController().signal;
const gate = () => Promise.withResolvers<void>();

test('sent content goes first, in order; then the newest received', async () => {
  const queue = createQueue(() => 0);
  const done: string[] = [];
  const first = gate();
  const enter = (name: string, isSent: boolean) => queue.enter(isSent, never, async () => void done.push(name));
  const work = [
    queue.enter(true, never, () => first.promise),
    enter('old', false),
    enter('s1', true),
    enter('new', false),
    enter('s2', true),
  ];
  first.resolve();
  await Promise.all(work.map((entered) => entered ?? Promise.reject(new Error('the queue is full'))));
  expect(done).toEqual(['s1', 's2', 'new', 'old']);
});

test('an aborted item is not run', async () => {
  const queue = createQueue(() => 0);
  const first = gate();
  const running = queue.enter(true, never, () => first.promise);
  const stop = new AbortController();
  let ran = false;
  const waiting = queue.enter(true, stop.signal, async () => void (ran = true));
  stop.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  first.resolve();
  await running;
  expect(ran).toBe(false);
});

test('the queue is limited in number and rate', async () => {
  let now = 0;
  const queue = createQueue(() => now, { waiting: 2, perMinute: 4 });
  const first = gate();
  const work = [
    queue.enter(true, never, () => first.promise),
    queue.enter(true, never, async () => 1),
    queue.enter(true, never, async () => 2),
  ];
  expect(queue.enter(true, never, async () => 3)).toBeUndefined();
  first.resolve();
  await Promise.all(work.map((entered) => entered ?? Promise.reject(new Error('the queue is full'))));
  expect(queue.enter(true, never, async () => 4)).toBeDefined();
  expect(queue.enter(true, never, async () => 5)).toBeUndefined();
  now = 61_000;
  expect(await queue.enter(true, never, async () => 6)).toBe(6);
});

test('the queue continues after an item that failed', async () => {
  const queue = createQueue(() => 0);
  await expect(queue.enter(true, never, () => Promise.reject(new Error('x')))).rejects.toThrow('x');
  expect(await queue.enter(true, never, async () => 'next')).toBe('next');
});

test('700 received pictures, as when an old conversation is opened, leave the whole share of what is sent', async () => {
  const queue = createQueue(() => 0);
  const received = Array.from({ length: 700 }, () => queue.enter(false, never, async () => 'shown'));
  expect(received.filter((entered) => entered === undefined)).not.toEqual([]);
  expect(await queue.enter(true, never, async () => 'sent')).toBe('sent');
  const sent = Array.from({ length: 256 }, () => queue.enter(true, never, async () => 'sent'));
  expect(sent).not.toContain(undefined);
});
