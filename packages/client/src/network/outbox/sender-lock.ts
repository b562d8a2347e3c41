/**
 * Of all pages that share a storage one delivers; a Web Lock decides which. A frozen page may hold the lock and do
 * nothing, so a page that waits takes it over once a slot is long overdue.
 * Flow: delivery → here → browser. Spec: docs/design/outbox.md#delivery
 */
import { sleep } from './sleep.ts';

export interface SenderLockOptions {
  name: string;
  locks: Pick<LockManager, 'request'>;
  /** Returns whether a slot is so long overdue that its page must be frozen. */
  isOverdue: () => Promise<boolean>;
  stop: AbortSignal;
}

/** How long a page waits for the lock before it looks at the slot. */
const WAIT_MS = 300_000;

/** Calls `run` while this page holds the lock, until `stop`. `lost` ends a run whose lock another page took over. */
export async function whileSender(
  options: SenderLockOptions,
  run: (lost: AbortSignal) => Promise<void>,
): Promise<void> {
  const { name, locks, isOverdue, stop } = options;
  while (!stop.aborted) {
    const waiting = new AbortController();
    const patience = sleep(WAIT_MS, { stop: AbortSignal.any([stop, waiting.signal]) }).then(() => waiting.abort());
    const isHeld = await holdLock(locks, name, { signal: waiting.signal }, waiting, run);
    await patience;
    if (!isHeld && !stop.aborted && (await isOverdue())) await holdLock(locks, name, { steal: true }, waiting, run);
  }
}

/** Returns whether the lock was granted. */
async function holdLock(
  locks: SenderLockOptions['locks'],
  name: string,
  options: LockOptions,
  waiting: AbortController,
  run: (lost: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const lost = new AbortController();
  let isGranted = false;
  const hold = async (): Promise<void> => {
    isGranted = true;
    waiting.abort();
    await run(lost.signal);
  };
  try {
    await locks.request(name, options, hold);
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== 'AbortError') throw error;
  } finally {
    lost.abort();
  }
  return isGranted;
}
