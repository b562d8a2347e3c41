/** Bounded waits. Flow: guard, first-start → here. Spec: docs/design/client.md#first-start */

/** How long the first refresh may keep anybody waiting. */
export const FIRST_REFRESH_MS = 30_000;

/** Resolves when the work has ended in any way, after `ms` if given, or when a signal aborts. */
export function ended(work: Promise<unknown>, ms: number | undefined, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const ending = new AbortController();
    const timer = ms === undefined ? undefined : setTimeout(end, ms);
    function end(): void {
      clearTimeout(timer);
      ending.abort();
      resolve();
    }
    for (const signal of signals) {
      if (signal.aborted) end();
      signal.addEventListener('abort', end, { signal: ending.signal });
    }
    work.then(end, end);
  });
}
