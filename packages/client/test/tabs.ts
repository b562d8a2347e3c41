/** Tabs that share one storage and its locks, for tests in Node: a tab can be killed at any of its transactions. */
import type { Storage } from '../src/network/storage/transaction.ts';

/** Web Locks of one origin: a tab that is killed gives up what it holds and waits for. */
export class SharedLocks {
  readonly #held = new Map<string, Waiter>();
  #queue: Waiter[] = [];

  /** The part of `navigator.locks` that the client uses, without stealing. */
  of(tab: object): Pick<LockManager, 'request'> {
    const request = (name: string, _options: LockOptions, work: () => Promise<unknown>): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const run = (): void => {
          const release = (): void => this.#release(name, tab);
          work().then(resolve, reject).finally(release);
        };
        this.#queue.push({ name, tab, run });
        this.#grant(name);
      });
    return { request: request as LockManager['request'] };
  }

  end(tab: object): void {
    this.#queue = this.#queue.filter((waiter) => waiter.tab !== tab);
    for (const [name, holder] of this.#held) if (holder.tab === tab) this.#release(name, tab);
  }

  #release(name: string, tab: object): void {
    if (this.#held.get(name)?.tab !== tab) return;
    this.#held.delete(name);
    this.#grant(name);
  }

  #grant(name: string): void {
    const next = this.#queue.find((waiter) => waiter.name === name);
    if (!next || this.#held.has(name)) return;
    this.#queue = this.#queue.filter((waiter) => waiter !== next);
    this.#held.set(name, next);
    next.run();
  }
}

interface Waiter {
  name: string;
  tab: object;
  run: () => void;
}

/** One tab's view of the storage. After `kill`, nothing that the tab has started goes on. */
export class Tab {
  readonly storage: Storage;
  #left = Infinity;
  #isDead = false;
  readonly #onDeath: () => void;

  constructor(shared: Storage, onDeath: (tab: Tab) => void) {
    this.#onDeath = () => onDeath(this);
    this.storage = {
      kind: 'persistent',
      transact: async (stores, work) => {
        await this.alive();
        const result = await shared.transact(stores, work);
        if (--this.#left <= 0) this.kill();
        await this.alive();
        return result;
      },
      close: () => undefined,
    };
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Never resolves after the end of the tab. */
  alive(): Promise<void> {
    return this.#isDead ? new Promise<never>(() => undefined) : Promise.resolve();
  }

  kill(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#onDeath();
  }

  /** Kills the tab after so many further transactions. */
  killAfter(transactions: number): void {
    this.#left = transactions;
  }
}
