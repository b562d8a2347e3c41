/** Lets send slots pass without waiting for them: a clock that the test moves, and something that wakes the outbox. */
import type { OrderDigest } from '@lodestone/protocol';
import { expect, vi } from 'vitest';
import type { Guard } from '../src/index.ts';
import { readSlot } from '../src/network/outbox/store.ts';
import { openStorage } from '../src/network/storage/storage.ts';

/** More than the mean gap between slots, which is 1 s under `anOrder`. */
const STEP_MS = 5_000;
const WAIT = { timeout: 15_000, interval: 20 };

/** Create it before the guard. `vi.restoreAllMocks()` ends it. */
export class MovedClock {
  #aheadMs = 0;

  constructor() {
    const now = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => now() + this.#aheadMs);
  }

  move(ms: number): void {
    this.#aheadMs += ms;
  }

  /** Moves from slot to slot until the signals are sent that `holds` expects. */
  async untilSent(guard: Guard, holds: () => void): Promise<void> {
    await vi.waitFor(async () => {
      this.move(STEP_MS);
      await wakeOutbox(guard);
      holds();
    }, WAIT);
  }

  /** Three slots, each used or skipped. */
  async passSlots(guard: Guard, storageName: string): Promise<void> {
    const storage = await openStorage(storageName, () => expect.unreachable('storage fell back to memory'));
    for (let i = 0; i < 3; i++) {
      const slot = await readSlot(storage);
      if (!slot) throw new Error('no order has a receiver');
      this.move(Math.max(slot.next - Date.now(), 0) + 1);
      await vi.waitFor(async () => {
        await wakeOutbox(guard);
        expect((await readSlot(storage))?.revision).not.toBe(slot.revision);
      }, WAIT);
    }
    storage.close();
  }
}

/** Any change to signed inputs wakes the outbox: here, that the order was shown once more. */
async function wakeOutbox(guard: Guard): Promise<void> {
  await guard.acknowledgeOrder(guard.status.orders[0]?.orderDigest ?? ('' as OrderDigest));
}
