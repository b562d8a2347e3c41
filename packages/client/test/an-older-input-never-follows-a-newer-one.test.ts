/**
 * Two tabs of one storage, under every mix of publications, stolen keys, slow answers, wrong clocks and kills: what a tab
 * has replaced or withdrawn never comes back, and an undisturbed round afterwards brings what is published.
 */
import { DAY_MS } from '@lodestone/protocol';
import fc from 'fast-check';
import { afterEach, expect, inject, test, vi } from 'vitest';
import { memoryStorage } from '../src/network/storage/memory.ts';
import type { Storage } from '../src/network/storage/transaction.ts';
import type { Updater } from '../src/network/updater/updater.ts';
import { anUpdater } from './an-updater.ts';
import { Publisher, type SourceName, SOURCES, Watch } from './newest-inputs.ts';
import { SharedLocks, Tab } from './tabs.ts';
import { LIST, World } from './world.ts';

const START = Date.UTC(2026, 10, 24, 8);
type TabName = 0 | 1;

type Step =
  | { do: 'publish'; source: SourceName; withdraws: boolean }
  /** The keys were stolen: a new root replaces them, and versions begin again. */
  | { do: 'rotate'; source: SourceName }
  | { do: 'round'; tab: TabName }
  /** After so many further transactions of the tab. */
  | { do: 'kill'; tab: TabName; after: number }
  | { do: 'clock'; days: number }
  /** Lets this many answers, transactions and callbacks happen. */
  | { do: 'wait'; turns: number };

const tab = fc.constantFrom<TabName>(0, 1);
const source = fc.constantFrom(...SOURCES);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('publish' as const), source, withdraws: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rotate' as const), source }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('round' as const), tab }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('kill' as const), tab, after: fc.integer({ min: 1, max: 60 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('clock' as const), days: fc.constantFrom(-400, -1, 0, 1, 5, 400) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), turns: fc.integer({ min: 1, max: 200 }) }) },
);
const script = fc.record({
  steps: fc.array(step, { minLength: 8, maxLength: 24 }),
  hasLocks: fc.boolean(),
  /** Turns that each answer takes, in rotation. */
  delays: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 5 }),
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}
const seen = { killsInRounds: 0, rotations: 0 };
afterEach(() => vi.unstubAllGlobals());

/** Two tabs, of which each is opened again after it was killed. */
class Tabs {
  time = START;
  readonly #world: World;
  readonly #shared: Storage;
  readonly #locks: SharedLocks | undefined;
  readonly #open: { tab: Tab; updater: Promise<Updater>; inRound: boolean }[] = [];
  readonly #stop = new AbortController();

  constructor(world: World, shared: Storage, hasLocks: boolean) {
    this.#world = world;
    this.#shared = shared;
    this.#locks = hasLocks ? new SharedLocks() : undefined;
  }

  at(name: TabName): { tab: Tab; updater: Promise<Updater>; inRound: boolean } {
    const open = this.#open[name];
    if (open && !open.tab.isDead) return open;
    const one = new Tab(this.#shared, (dead) => {
      if (this.#open[name]?.inRound) seen.killsInRounds++;
      this.#locks?.end(dead);
    });
    const updater = anUpdater(this.#world, {
      storage: one.storage,
      now: () => this.time,
      stop: this.#stop.signal,
      locks: this.#locks?.of(one),
    });
    updater.catch(() => undefined); // the run has ended
    const opened = { tab: one, updater, inRound: false };
    this.#open[name] = opened;
    return opened;
  }

  round(name: TabName): Promise<void> {
    const one = this.at(name);
    const run = async (): Promise<void> => {
      const updater = await one.updater;
      one.inRound = true;
      await updater.refresh();
      one.inRound = false;
    };
    return run().catch((error: unknown) => {
      if (!this.#stop.signal.aborted) throw error;
    });
  }

  close(): void {
    for (const { tab: one } of this.#open.filter(Boolean)) one.kill();
    this.#stop.abort();
  }
}

async function holds({
  steps,
  hasLocks,
  delays,
}: typeof script extends fc.Arbitrary<infer S> ? S : never): Promise<void> {
  const world = await World.create(START);
  const publisher = new Publisher(world, START);
  const shared = memoryStorage();
  const tabs = new Tabs(world, new Watch().over(shared), hasLocks);
  let requests = 0;
  vi.stubGlobal('fetch', async (...given: Parameters<typeof fetch>) => {
    await turns(delays[requests++ % delays.length] ?? 0);
    return world.fetch(...given);
  });
  for (const one of steps) await perform(one, publisher, tabs);

  tabs.close();
  vi.stubGlobal('fetch', world.fetch);
  // A newer timestamp of each source, because an order that a wrong clock has ended returns only with one.
  for (const one of SOURCES) await publisher.publish(one, !publisher.last[one]);
  const last = new Tabs(world, shared, hasLocks);
  await last.round(0);
  const updater = await last.at(0).updater;
  const { inputs, status } = { inputs: updater.inputs(), status: updater.status() };
  expect(status.sources.flatMap(({ error }) => error ?? [])).toEqual([]);
  // After a clock that was a few days ahead, the newest order may take effect later; the one before it applies until then.
  const stored = (await shared.transact(['orders'], (tx) => tx.all('orders'))).map(([, order]) => order);
  expect(stored.filter(({ supersededBy }) => !supersededBy).length).toBe(publisher.last.orders ? 1 : 0);
  expect(status.orders.some(({ state }) => state === 'in-force' || state === 'announced')).toBe(publisher.last.orders);
  const file = inputs.lists.find(({ reference }) => reference === LIST)?.fileDigest;
  if (publisher.last.orders && status.orders.some(({ state }) => state === 'in-force'))
    expect((file && updater.entriesOf(file)?.suppressed.length) ?? 0).toBe(publisher.last.lists ? 1 : 0);
  last.close();
}

async function perform(one: Step, publisher: Publisher, tabs: Tabs): Promise<void> {
  switch (one.do) {
    case 'publish':
      return publisher.publish(one.source, one.withdraws);
    case 'rotate':
      seen.rotations++;
      return publisher.rotate(one.source);
    case 'round':
      return void tabs.round(one.tab);
    case 'kill':
      return tabs.at(one.tab).tab.killAfter(one.after);
    case 'clock':
      tabs.time = START + one.days * DAY_MS;
      return;
    case 'wait':
      return turns(one.turns);
  }
}

async function everyRunHolds(numRuns: number): Promise<void> {
  Object.assign(seen, { killsInRounds: 0, rotations: 0 });
  await fc.assert(fc.asyncProperty(script, holds), { numRuns });
  expect(seen.killsInRounds).toBeGreaterThanOrEqual(numRuns);
  expect(seen.rotations).toBeGreaterThan(numRuns / 10);
}

const { runs, timeout } =
  inject('extent') === 'long' ? { runs: 200, timeout: 600_000 } : { runs: 30, timeout: 120_000 };
test(`in any order of events, with ${runs} kills during rounds`, { timeout }, () => everyRunHolds(runs));
