/**
 * Tabs in a real browser (frames of one origin, with one database and the browser's Web Locks), two at a time, of which one is
 * killed during each round: what a tab has replaced or withdrawn never comes back, and a round that is not disturbed brings
 * what is published.
 */
import { afterEach, expect, inject, test } from 'vitest';
import { commands } from 'vitest/browser';
import { openStorage } from '../src/network/storage/storage.ts';
import type { Storage } from '../src/network/storage/transaction.ts';
import { Publisher, SOURCES, valuesIn, Watch, WATCHED } from './newest-inputs.ts';
import { World } from './world.ts';

const START = Date.now();

declare global {
  /** What the frames use of this page: the worlds by the name of their database. */
  var lodestoneWorlds: Map<string, World>;
  /** What this page uses of a frame. */
  interface Window {
    openTab(name: string): Promise<() => Promise<void>>;
  }
}
globalThis.lodestoneWorlds = new Map();

afterEach(() => {
  for (const frame of document.querySelectorAll('iframe')) frame.remove();
  for (const name of lodestoneWorlds.keys()) indexedDB.deleteDatabase(name);
  lodestoneWorlds.clear();
});

/**
 * The script of a frame, bundled once: frames start sooner with one script than with many modules. No top-level await: if a frame is
 * removed while its module waits in one, WebKitGTK resumes the module endlessly.
 */
const script = commands
  .bundle(
    `import { openStorage } from '../src/network/storage/storage.ts';
    import { anUpdater } from './an-updater.ts';
    globalThis.openTab = async (name) => {
      const world = parent.lodestoneWorlds.get(name);
      globalThis.fetch = world.fetch;
      const storage = await openStorage(name, () => {});
      const stop = new AbortController().signal;
      const tab = { storage, storageName: name, now: () => ${START}, stop, locks: navigator.locks };
      const updater = await anUpdater(world, tab);
      return () => updater.refresh();
    };`,
    'packages/client/test',
  )
  .then((text) => URL.createObjectURL(new Blob([text], { type: 'text/javascript' })));

class Tab {
  readonly #element: HTMLIFrameElement;
  readonly #refresh: () => Promise<void>;

  private constructor(element: HTMLIFrameElement, refresh: () => Promise<void>) {
    this.#element = element;
    this.#refresh = refresh;
  }

  /** A tab that has opened the storage. Its rounds begin with `refresh`. */
  static async open(name: string): Promise<Tab> {
    const element = document.createElement('iframe');
    element.srcdoc = `<script type="module" src="${await script}"></script>`;
    const loaded = new Promise((resolve) => element.addEventListener('load', resolve));
    document.body.append(element);
    await loaded;
    if (!element.contentWindow) throw new Error('the frame was removed while it loaded');
    return new Tab(element, await element.contentWindow.openTab(name));
  }

  refresh(): { ended: Promise<void>; isOver: () => boolean } {
    let isOver = false;
    const ended = this.#refresh().then(() => {
      isOver = true;
    });
    return { ended, isOver: () => isOver };
  }

  kill(): void {
    this.#element.remove();
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function killDuringRounds(kills: number): Promise<void> {
  const name = `killed tabs ${crypto.randomUUID()}`;
  const world = await World.create(START);
  lodestoneWorlds.set(name, world);
  const publisher = new Publisher(world, START);
  const storage: Storage = await openStorage(name, () => expect.unreachable('storage fell back to memory'));
  const read = (): ReturnType<typeof valuesIn> => storage.transact(WATCHED, valuesIn);
  const watch = new Watch();

  let survivor = await Tab.open(name);
  await survivor.refresh().ended;
  /** How long a round takes on this machine: half as long as the last two that ran together. */
  let roundMs = 60;
  let done = 0;
  for (let i = 0; done < kills; i++) {
    const source = SOURCES[i % SOURCES.length] ?? 'orders';
    if (i % 11 === 10) await publisher.rotate(source);
    else await publisher.publish(source, i % 5 === 4);

    // Both run a round, first the one that is killed. It has been open for a while, or is new.
    const tabs = [survivor, await Tab.open(name)] as const;
    const [killed, other] = i % 2 === 0 ? tabs : ([tabs[1], tabs[0]] as const);
    const before = performance.now();
    const rounds = [killed.refresh(), other.refresh()] as const;
    await pause(Math.random() * roundMs);
    if (!rounds[0].isOver()) done++;
    killed.kill();
    watch.compare(await read());
    await rounds[1].ended;
    roundMs = (performance.now() - before) / 2;
    watch.compare(await read());
    survivor = other;
  }
  survivor.kill();

  for (const source of SOURCES) await publisher.publish(source, false);
  const last = await Tab.open(name);
  await last.refresh().ended;
  last.kill();
  const values = await read();
  watch.compare(values);
  storage.close();
  const expected = ['timestamp', 'order', 'release', 'suppression', 'keys'].map((what) => [
    what,
    what === 'timestamp' ? 3 : 1,
  ]);
  expect(expected.map(([what]) => [what, values.get(String(what))?.size])).toEqual(expected);
}

/** So many pairs of tabs at the same time, each with its own database. */
const PAIRS = 4;
/** Frames start slowly in Firefox. `an-older-input-never-follows-a-newer-one` has 200 kills on simulated tabs. */
const KILLS = inject('engine') === 'chromium' ? 200 : 20;

const { kills, pairs, timeout } =
  inject('extent') === 'long'
    ? { kills: KILLS, pairs: PAIRS, timeout: 1_800_000 }
    : { kills: 6, pairs: 1, timeout: 60_000 };

test(
  `what a tab has withdrawn stays withdrawn after ${kills} kills`,
  { timeout, tags: ['@all', '@one-engine'] },
  async () => {
    await Promise.all(Array.from({ length: pairs }, () => killDuringRounds(kills / pairs)));
  },
);
