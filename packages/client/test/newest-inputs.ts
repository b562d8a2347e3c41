/** Publications that differ every time, and a watch over storage: what was replaced or withdrawn must never come back. */
import type { Name, TargetPath } from '@lodestone/protocol';
import { sha256Hex } from '@lodestone/trust';
import { expect } from 'vitest';
import type { Storage } from '../src/network/storage/transaction.ts';
import { listTargets } from '../src/testing/authority.ts';
import { anOrder, keyTargets, orderTargets, TEST_RECORD, type World } from './world.ts';

export const SOURCES = ['orders', 'lists', 'provider'] as const;
export type SourceName = (typeof SOURCES)[number];

/** What each source publishes now, and under which versions. */
export class Publisher {
  readonly world: World;
  /** Rises with each publication, so that no two publish the same bytes. */
  #serial = 0;
  readonly #versions: Record<SourceName, number> = { orders: 1, lists: 1, provider: 1 };
  readonly last: Record<SourceName, boolean> = { orders: true, lists: false, provider: true };

  readonly #now: number;

  constructor(world: World, now: number) {
    this.world = world;
    this.#now = now;
  }

  async publish(name: SourceName, withdraws: boolean): Promise<void> {
    const serial = ++this.#serial;
    const version = ++this.#versions[name];
    this.last[name] = !withdraws;
    await this.world.publish(name, this.#targets(name, serial, withdraws), { version });
  }

  async rotate(name: SourceName): Promise<void> {
    await this.world.rotate(name);
    this.#versions[name] = 0;
    await this.publish(name, false);
  }

  #targets(name: SourceName, serial: number, withdraws: boolean): Parameters<World['publish']>[1] {
    switch (name) {
      case 'orders':
        return withdraws ? new Map() : orderTargets(anOrder(this.#now, { summary: { en: `Version ${serial}` } }));
      case 'lists': {
        const targets = listTargets('demo' as Name, [TEST_RECORD], { now: this.#now + serial * 1_000, version: 1 });
        const suppression = { schema: 'lodestone/suppression/v1', list: 'demo', entries: [serial] };
        if (!withdraws)
          targets.set(
            'v1/lists/demo/suppression.json' as TargetPath,
            new TextEncoder().encode(JSON.stringify(suppression)),
          );
        return targets;
      }
      case 'provider':
        return keyTargets(this.#now - serial * 1_000);
    }
  }
}

/** The stores that `valuesIn` reads. */
export const WATCHED = ['sources', 'orders', 'releases', 'suppressions', 'keys', 'files'] as const;

/** Watches the shared storage: a value that was replaced or deleted never comes back. */
export class Watch {
  readonly #gone = new Map<string, Set<string>>();
  #now = new Map<string, Set<string>>();

  over(shared: Storage): Storage {
    return {
      kind: 'persistent',
      transact: async (stores, work) => {
        const result = await shared.transact(stores, work);
        this.compare(await shared.transact(WATCHED, valuesIn));
        return result;
      },
      close: () => shared.close(),
    };
  }

  compare(after: Map<string, Set<string>>): void {
    for (const [what, values] of after) {
      const gone = this.#gone.get(what) ?? new Set();
      for (const value of this.#now.get(what) ?? []) if (!values.has(value)) gone.add(value);
      for (const value of values) expect(gone.has(value), `${what}: ${value} came back`).toBe(false);
      this.#gone.set(what, gone);
    }
    this.#now = after;
  }
}

type Tx = Parameters<Parameters<Storage['transact']>[1]>[0];
export async function valuesIn(tx: Tx): Promise<Map<string, Set<string>>> {
  const sources = (await tx.all('sources')).map(([, one]) => one);
  const releases = (await tx.all('releases')).map(([, one]) => one);
  const files = new Set((await tx.keys('files')).map(String));
  for (const { manifest } of releases)
    if (!files.has(manifest.file.sha256)) throw new Error('a release is stored without its file');
  return new Map([
    ['root', new Set(sources.map(({ state }) => sha256Hex(state.root)))],
    ['timestamp', new Set(sources.flatMap(({ state }) => (state.timestamp ? [sha256Hex(state.timestamp)] : [])))],
    ['order', new Set((await tx.all('orders')).map(([, one]) => one.orderDigest))],
    ['release', new Set(releases.map(({ manifestDigest }) => manifestDigest))],
    ['suppression', new Set((await tx.all('suppressions')).map(([, one]) => one.digest))],
    ['keys', new Set((await tx.all('keys')).map(([, one]) => one.digest))],
  ]);
}
