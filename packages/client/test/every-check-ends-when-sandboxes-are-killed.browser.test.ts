/**
 * Sandboxes are killed at random moments: every check ends with an outcome, the guard keeps working, and a match is
 * signalled once for each listed picture. Spec: docs/design/sandbox.md#deadlines
 */
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import type { Check } from '../src/answer.ts';
import { createGuard, type Guard } from '../src/index.ts';
import { testPicture } from '../src/testing/index.ts';
import { World } from './world.ts';

/** Checks that run or wait at any time: fewer than the queue's limit, and enough that there is always a next one. */
const AT_ONCE = 4;

let world: World;
let guard: Guard;
let name = '';
beforeEach(async () => {
  name = `killed ${crypto.randomUUID()}`;
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

/** How long a new sandbox takes to start and to check a picture, on this machine. */
async function lifeMs(): Promise<number> {
  frame()?.remove();
  const before = performance.now();
  await checkOne();
  return performance.now() - before;
}

async function killSandboxes(kills: number): Promise<void> {
  const untilKilledMs = 1.2 * (await lifeMs());
  const checks: Promise<Check>[] = [];
  let killed = 0;
  /** Each sandbox is killed at another moment: while it starts, gets lists, reads, decodes or is idle. */
  const killing = (async () => {
    while (killed < kills) {
      await wait(Math.random() * untilKilledMs);
      const found = frame();
      if (!found) continue;
      found.remove();
      killed += 1;
    }
  })();
  const asking = Array.from({ length: AT_ONCE }, async () => {
    while (killed < kills) {
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
  expect(died.length).toBeGreaterThan(kills / 2);
  expect(matched.length + died.length).toBe(ends.length);

  expect(await checkOne()).toMatchObject({ outcome: 'match', action: 'block' });
  expect(document.querySelectorAll('iframe[title="Lodestone sandbox"]')).toHaveLength(1);
  await vi.waitFor(() => expect(world.signals()).toHaveLength(1), { timeout: 20_000 });
}

const { kills, timeout } = {
  usual: { kills: 6, timeout: 120_000 },
  all: { kills: 20, timeout: 120_000 },
  long: { kills: 200, timeout: 1_800_000 },
}[inject('extent')];
test(
  `if ${kills} sandboxes are killed, every check ends, and no signal is lost`,
  { timeout, tags: '@one-engine' },
  () => killSandboxes(kills),
);
