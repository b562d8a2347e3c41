/** A device for tests of the updater: a world of sources, one storage, and a clock that the test sets. New before each test. */
import { afterEach, beforeEach, vi } from 'vitest';
import { memoryStorage } from '../src/network/storage/memory.ts';
import type { Storage } from '../src/network/storage/transaction.ts';
import type { Updater } from '../src/network/updater/updater.ts';
import type { GuardOptions } from '../src/options.ts';
import { anUpdater } from './an-updater.ts';
import { World } from './world.ts';

export class Device {
  world!: World;
  storage!: Storage;
  /** The device's clock, in ms since 1970. */
  time = 0;
  #stop = new AbortController();

  async begin(start: number): Promise<void> {
    this.time = start;
    this.world = await World.create(start);
    this.storage = memoryStorage();
    this.#stop = new AbortController();
  }
  end(): void {
    this.#stop.abort();
  }

  /** Starts the app: what is stored counts, nothing is requested. */
  opened(options: Partial<GuardOptions> = {}): Promise<Updater> {
    return anUpdater(this.world, { storage: this.storage, now: () => this.time, stop: this.#stop.signal, options });
  }
  /** @returns the updater, or that of a new start, after a round */
  async refreshed(updater?: Updater): Promise<Updater> {
    const one = updater ?? (await this.opened());
    await one.refresh();
    return one;
  }
}

/** Call it once in a test file. */
export function aDevice(start: number): Device {
  const device = new Device();
  beforeEach(async () => {
    await device.begin(start);
    vi.stubGlobal('fetch', device.world.fetch);
  });
  afterEach(() => {
    device.end();
    vi.unstubAllGlobals();
  });
  return device;
}
