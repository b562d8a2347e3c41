/** Does something now and again, never twice at a time, and stops when told. */

export interface Repeated<R> {
  /** Runs at once, or as soon as the run under way has ended. */
  now(): Promise<R>;
  /** Ends the repetition, and waits for the run under way. */
  stop(): Promise<void>;
}

export interface RepeatOptions<R> {
  everyMs: number;
  /** Whether to come back soon: after a second, then after twice as long each time, up to `everyMs`. */
  sooner?: (result: R) => boolean;
  /** Told of a run that failed by itself; one that `now` asked for rejects there. */
  failed: (error: unknown) => void;
}

const SOON_MS = 1_000;

/** The first run is the caller's: with `now`. */
export function repeat<R>(work: () => Promise<R>, { everyMs, sooner, failed }: RepeatOptions<R>): Repeated<R> {
  let timer: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let soonMs = SOON_MS;
  let isStopped = false;

  async function run(): Promise<R> {
    clearTimeout(timer);
    let isDue = false;
    try {
      const result = await work();
      isDue = sooner?.(result) ?? false;
      return result;
    } finally {
      const waitMs = isDue ? Math.min(soonMs, everyMs) : everyMs;
      soonMs = isDue ? soonMs * 2 : SOON_MS;
      if (!isStopped) timer = setTimeout(() => void now().catch(failed), waitMs).unref();
    }
  }

  function now(): Promise<R> {
    const next = last.then(run, run);
    last = next.catch(() => undefined);
    return next;
  }

  return {
    now,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await last;
    },
  };
}
