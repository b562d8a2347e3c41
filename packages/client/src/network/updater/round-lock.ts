/**
 * Runs work under a Web Lock. A tab that waits too long takes the lock over, because the browser may have frozen the tab
 * that holds it.
 * Flow: updater → here → browser. Without Web Locks the work runs immediately: the round number decides alone.
 * Spec: docs/design/signed-inputs.md#one-round-at-a-time
 */
export interface RoundLock {
  /** Undefined where the browser has none, and for storage that no other tab shares. */
  locks: Pick<LockManager, 'request'> | undefined;
  name: string;
  /** Milliseconds after which a waiting tab takes the lock over. Without it the tab waits until the lock is free. */
  stealAfterMs?: number;
  stop: AbortSignal;
}

export async function withLock<T>({ locks, name, stealAfterMs, stop }: RoundLock, work: () => Promise<T>): Promise<T> {
  if (!locks) return work();
  let running: Promise<T> | undefined;
  const run = (): Promise<T> => (running = work());
  const waited = new AbortController();
  const timer = stealAfterMs === undefined ? undefined : setTimeout(() => waited.abort(), stealAfterMs);
  try {
    return await locks.request(name, { signal: AbortSignal.any([stop, waited.signal]) }, run);
  } catch (error) {
    if (running) return await running; // another tab has taken the lock over: its round number ends this round
    if (stop.aborted || !waited.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  try {
    return await locks.request(name, { steal: true }, run);
  } catch (error) {
    if (running) return running;
    throw error;
  }
}
