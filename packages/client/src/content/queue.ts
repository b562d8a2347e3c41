/**
 * Which check runs next: sent content first, in order; then the newest received; then background work, if no check waits.
 * Promise: bounded in number and rate, for sent and for received content each, so that neither uses up the other's share; and an
 * item whose callers have all aborted is not run. An item is a function that is
 * called on its turn, so the queue holds no content. Spec: docs/design/client.md#check
 */

/** Of sent content, and of received content. */
export interface QueueLimits {
  /** Items that wait; one more is refused. */
  waiting: number;
  /** Checks in any minute: limits the use of checks as an oracle. */
  perMinute: number;
}

const QUEUE_LIMITS: QueueLimits = { waiting: 256, perMinute: 600 };

interface Item {
  run: () => Promise<void>;
}

export interface Queue {
  /**
   * Runs `work` on its turn. Returns undefined if too many of its kind wait, or their rate is used up.
   * @throws the signal's reason if it aborts before the turn comes
   */
  enter<T>(isSent: boolean, signal: AbortSignal, work: () => Promise<T>): Promise<T> | undefined;
  /** Runs `work`, which never rejects, when no check waits. Does nothing while other work of this name waits. */
  whenIdle(name: string, work: () => Promise<void>): void;
}

export function createQueue(now: () => number, limits: QueueLimits = QUEUE_LIMITS): Queue {
  const lanes = new Lanes();
  const rates = { sent: new RateLimit(limits.perMinute), received: new RateLimit(limits.perMinute) };
  return {
    enter(isSent, signal, work) {
      const lane = isSent ? 'sent' : 'received';
      if (lanes.waiting(lane) >= limits.waiting || !rates[lane].take(now())) return undefined;
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const item: Item = {
          run: () => {
            signal.removeEventListener('abort', leave);
            return work().then(resolve, reject);
          },
        };
        const remove = lanes.add(lane, item);
        const leave = (): void => {
          remove();
          reject(signal.reason);
        };
        signal.addEventListener('abort', leave, { once: true });
        void lanes.drain();
      });
    },
    whenIdle(name, work) {
      lanes.addIdle(name, { run: work });
      void lanes.drain();
    },
  };
}

class Lanes {
  readonly #checks: Record<'sent' | 'received', Item[]> = { sent: [], received: [] };
  readonly #idle = new Map<string, Item>();
  #isRunning = false;

  /** Checks that wait. */
  waiting(name: 'sent' | 'received'): number {
    return this.#checks[name].length;
  }

  /** Returns how to remove the item while it waits. */
  add(name: 'sent' | 'received', item: Item): () => void {
    const lane = this.#checks[name];
    lane.push(item);
    return () => void lane.splice(lane.indexOf(item), 1);
  }

  addIdle(name: string, item: Item): void {
    if (!this.#idle.has(name)) this.#idle.set(name, item);
  }

  async drain(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let item = this.#next(); item; item = this.#next()) await item.run();
    this.#isRunning = false;
  }

  #next(): Item | undefined {
    return this.#checks.sent.shift() ?? this.#checks.received.pop() ?? this.#nextIdle();
  }

  #nextIdle(): Item | undefined {
    const [name = '', item] = this.#idle.entries().next().value ?? [];
    this.#idle.delete(name);
    return item;
  }
}

const MINUTE_MS = 60_000;

class RateLimit {
  readonly #perMinute: number;
  #taken: number[] = [];

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Returns false if the last minute has no place left. A clock that was set back frees all places. */
  take(timeMs: number): boolean {
    this.#taken = this.#taken.filter((at) => at > timeMs - MINUTE_MS && at <= timeMs);
    if (this.#taken.length >= this.#perMinute) return false;
    this.#taken.push(timeMs);
    return true;
  }
}
