/**
 * 200 sandboxes are killed at random moments: every check ends with an outcome, the guard keeps working, and a match is
 * signalled once for each listed picture. Spec: docs/design/sandbox.md#deadlines
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Check } from '../src/policy.ts';
import { createGuard, type Guard } from '../src/index.ts';
import { testPicture } from '../src/testing/index.ts';
import { World } from './world.ts';

const KILLS = 200;
/** Checks that run or wait at any time: fewer than the queue's limit, and enough that there is always a next one. */
const AT_ONCE = 4;

let world: World;
let guard: Guard;
const name = `killed ${crypto.randomUUID()}`;
beforeEach(async () => {
  world = await World.create(Date.now());
  vi.stubGlobal('fetch', world.fetch);
  guard = createGuard(world.options({ storageName: name }));
  await vi.waitFor(() => expect(guard.status.sandbox.state).toBe('ready'), { timeout: 20_000 });
  await vi.waitFor(() => expect(guard.status.lists[0]?.release).toBeDefined(), { timeout: 20_000 });
});
afterEach(() => {
  guard.dispose();
  vi.unstubAllGlobals();
  indexedDB.deleteDatabase(name);
});

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const frame = (): Element | null => document.querySelector('iframe[title="Lodestone sandbox"]');

async function checkOne(): Promise<Check> {
  return guard.check(new Blob([testPicture()]), { surface: 'send' });
}

test(`${KILLS} killed sandboxes: every check ends, and no signal is lost`, { timeout: 180_000 }, async () => {
  const checks: Promise<Check>[] = [];
  let killed = 0;
  /** Each sandbox is killed at another moment: while it starts, gets lists, reads, decodes or is idle. */
  const killing = (async () => {
    while (killed < KILLS) {
      await wait(Math.random() * 160);
      const found = frame();
      if (!found) continue;
      found.remove();
      killed += 1;
    }
  })();
  const asking = Array.from({ length: AT_ONCE }, async () => {
    while (killed < KILLS) {
      const check = checkOne();
      checks.push(check);
      await check;
      await wait(20);
    }
  });
  await Promise.all([killing, ...asking]);

  const ends = await Promise.all(checks);
  const matched = ends.filter(({ outcome }) => outcome === 'match');
  const died = ends.filter(({ outcome }) => outcome === 'unscannable');
  const orders = guard.status.orders.map(({ orderDigest }) => orderDigest);
  expect(orders).toHaveLength(1);
  for (const end of matched) expect(end).toEqual({ outcome: 'match', action: 'block', orders });
  for (const end of died)
    expect(end).toEqual({ outcome: 'unscannable', action: 'warn', reason: 'sandbox', retry: true, orders });
  expect(died.length).toBeGreaterThan(KILLS / 2);
  expect(matched.length + died.length).toBe(ends.length);

  expect(await checkOne()).toMatchObject({ outcome: 'match', action: 'block' });
  expect(document.querySelectorAll('iframe[title="Lodestone sandbox"]')).toHaveLength(1);
  await vi.waitFor(() => expect(world.signals()).toHaveLength(1), { timeout: 20_000 });
});
