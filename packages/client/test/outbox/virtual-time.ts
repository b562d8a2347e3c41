/** Timers on a clock that the test moves. `wall` is what the device's clock shows; it may be set back or forward. */
import { vi } from 'vitest';

interface Timer {
  at: number;
  run: () => void;
}

/** Storage in memory and the stand-ins for the browser wait for promises only, so all of it has happened by then. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/**
 * In place of a turn of the event loop, which costs more than most steps of the outbox. Node calls this when nothing that waits
 * for promises is left. Nothing else happens meanwhile: encryption, above all, never ends.
 */
export const afterPromises = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

export class VirtualTime {
  /** Milliseconds since the start, unaffected by changes of the clock. */
  elapsed = 0;
  /** What is added to show the device's clock. */
  offset: number;
  readonly #settled: () => Promise<void>;
  readonly #timers = new Map<number, Timer>();
  #lastId = 0;

  /** @param settled resolves when everything has happened that can happen before the next timer */
  constructor(start: number, settled: () => Promise<void> = turn) {
    this.offset = start;
    this.#settled = settled;
  }

  get wall(): number {
    return this.offset + this.elapsed;
  }

  /** Replaces the timers of the environment. */
  install(): void {
    vi.stubGlobal('setTimeout', (run: () => void, ms = 0) => {
      this.#timers.set(++this.#lastId, { at: this.elapsed + Math.max(ms, 0), run });
      return this.#lastId;
    });
    vi.stubGlobal('clearTimeout', (id: number | undefined) => void this.#timers.delete(id ?? 0));
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  /** Runs every timer that is due until `end`, with everything that follows from each. */
  async advanceTo(end: number): Promise<void> {
    await this.#settled();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      const [id, { at, run }] = next;
      this.#timers.delete(id);
      this.elapsed = Math.max(this.elapsed, at);
      run();
      await this.#settled();
    }
    this.elapsed = end;
  }

  #next(end: number): [number, Timer] | undefined {
    let earliest: [number, Timer] | undefined;
    for (const entry of this.#timers)
      if (entry[1].at <= end && (!earliest || entry[1].at < earliest[1].at)) earliest = entry;
    return earliest;
  }
}
