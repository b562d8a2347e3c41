/**
 * Which check has its turn: what is sent first, in order; then the newest received. Bounded in number and rate; an item
 * whose callers have all gone leaves at no cost. Holds no content: an item is a function that is called on its turn.
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
}

export function createQueue(now: () => number, { waiting, perMinute }: QueueLimits = QUEUE_LIMITS): Queue {
  const sent: Item[] = [];
  const received: Item[] = [];
  let entered: number[] = [];
  let isRunning = false;

  const drain = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    for (let item = sent.shift() ?? received.pop(); item; item = sent.shift() ?? received.pop()) await item.run();
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
  };
}
