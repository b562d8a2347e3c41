/**
 * How long the guard, and a check in a new storage, wait for orders that are not known yet. Flow: guard → here.
 * Promise: each wait ends, whatever the network does. Spec: docs/design/client.md#first-start
 */
import type { Surface } from '@lodestone/protocol';
import { ended, FIRST_REFRESH_MS } from './ended.ts';
import { type Inputs } from './inputs.ts';
import { isAwaited } from './scan-plan.ts';

export interface FirstStartOptions {
  /** Ends when every source was asked once. */
  refreshed: Promise<unknown>;
  /** Ends when the transfers that followed have ended. */
  supplied: Promise<unknown>;
  inputs: () => Inputs;
  /** Calls back after each change of the inputs; returns how to stop. */
  subscribe: (changed: () => void) => () => void;
  stop: AbortSignal;
}

export class FirstStart {
  /** Every source was asked once, or the time is over, or the guard was disposed. Never rejects. */
  readonly refreshed: Promise<void>;
  readonly #options: FirstStartOptions;
  readonly #progress = { isRefreshed: false, isSupplied: false };
  readonly #ended: Promise<unknown>;

  constructor(options: FirstStartOptions) {
    const { refreshed, supplied, stop } = options;
    this.#options = options;
    this.refreshed = ended(refreshed, FIRST_REFRESH_MS, [stop]).then(() => void (this.#progress.isRefreshed = true));
    const supply = ended(supplied, FIRST_REFRESH_MS, [stop]).then(() => void (this.#progress.isSupplied = true));
    this.#ended = Promise.all([this.refreshed, supply]);
  }

  /** Waits at most `ms`, while what the first start still brings may apply to content that is about to leave. Never rejects. */
  async awaitOrders(surface: Surface, ms: number, signal: AbortSignal | undefined): Promise<void> {
    const { inputs, subscribe, stop } = this.#options;
    const isKnown = (): boolean => surface === 'receive' || !isAwaited(inputs(), surface, this.#progress);
    if (isKnown()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => void (isKnown() && resolve());
    const unsubscribe = subscribe(look);
    void this.refreshed.then(look);
    void this.#ended.then(look);
    await ended(promise, ms, signal ? [stop, signal] : [stop]);
    unsubscribe();
  }
}
