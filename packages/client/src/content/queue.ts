/**
 * Which check has its turn: what is sent first, in order; then the newest received; work that makes ready for later checks only
 * when none waits. Bounded in number and rate; an item whose callers have all gone leaves at no cost. Holds no content: an
 * item is a function that is called on its turn.
 */

export interface QueueLimits {
  /** Items that wait; one more is refused. */
  waiting: number;
  /** Checks in any minute: a speed bump for who would use checks as an oracle. */
  perMinute: number;
}

const QUEUE_LIMITS: QueueLimits = { waiting: 256, perMinute: 600 };

interface Item {
  run: () => Promise<void>;
}

export interface Queue {
  /**
   * Runs `work` on its turn. Undefined where the queue is full or the rate is used up.
   * @throws the signal's reason where it aborts before the turn has come
   */
  enter<T>(isSent: boolean, signal: AbortSignal, work: () => Promise<T>): Promise<T> | undefined;
  /** Runs `work`, which never rejects, when no item waits; while it waits itself, another of that name is the same. */
  whenIdle(name: string, work: () => Promise<void>): void;
}

export function createQueue(now: () => number, { waiting, perMinute }: QueueLimits = QUEUE_LIMITS): Queue {
  const sent: Item[] = [];
  const received: Item[] = [];
  const idle = new Map<string, Item>();
  let entered: number[] = [];
  let isRunning = false;

  const nextIdle = (): Item | undefined => {
    const [name = '', item] = idle.entries().next().value ?? [];
    idle.delete(name);
    return item;
  };
  const next = (): Item | undefined => sent.shift() ?? received.pop() ?? nextIdle();

  const drain = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    for (let item = next(); item; item = next()) await item.run();
    isRunning = false;
  };

  return {
    enter(isSent, signal, work) {
      const time = now();
      entered = entered.filter((at) => at > time - 60_000 && at <= time);
      if (sent.length + received.length >= waiting || entered.length >= perMinute) return undefined;
      entered.push(time);
      const lane = isSent ? sent : received;
      return new Promise((resolve, reject) => {
        const item: Item = {
          run: () => {
            signal.removeEventListener('abort', leave);
            return work().then(resolve, reject);
          },
        };
        const leave = (): void => {
          lane.splice(lane.indexOf(item), 1);
          reject(signal.reason);
        };
        if (signal.aborted) return reject(signal.reason);
        signal.addEventListener('abort', leave, { once: true });
        lane.push(item);
        void drain();
      });
    },
    whenIdle(name, work) {
      if (!idle.has(name)) idle.set(name, { run: work });
      void drain();
    },
  };
}
