/** The face that a host app sees. Wires the side that sees content to the side that talks; holds no rule itself. Spec: DESIGN §3. */
import { type Digest, LodestoneError, type Media, type Surface } from '@lodestone/protocol';
import { type Check, createChecker, type CheckOptions } from './check.ts';
import type { RoomSource } from './content/boot-fault.ts';
import { createQueue } from './content/queue.ts';
import { createRoom, type RoomState } from './content/room.ts';
import { checkFloor } from './floor.ts';
import type { Ledger } from './network/ledger.ts';
import { type Network, openNetwork } from './network/network.ts';
import { checkOptions, type GuardOptions } from './options.ts';
import { covers } from './policy.ts';
import { type GuardStatus, type ModelStatus, StatusHolder } from './status.ts';
import { createWarmUp } from './warm-up.ts';

export interface Guard extends Disposable {
  /** Resolves when the stored inputs are read; never rejects. */
  readonly ready: Promise<void>;
  /**
   * Whether content of this kind is checked now; true while that is not known. Asked of `media: 'image'`, it takes a picture to
   * be near: a classifier that an order names for it, and that has ended idle, is started when no check waits.
   */
  covers(what: { surface: Surface; media?: Media }): boolean;
  /**
   * Checks the very bytes that will be sent or shown.
   * @throws the signal's reason, or `LodestoneError` `ERR_DISPOSED`, `ERR_NO_DOCUMENT`, `ERR_CONTENT`; nothing else
   */
  check(content: Blob | BufferSource, options: CheckOptions): Promise<Check>;
  /** Frozen; the same object until something changes. */
  readonly status: GuardStatus;
  /** Calls back after each change; returns how to stop. */
  subscribe(changed: () => void): () => void;
  /** Says that an announced order (its digest) or a notice (its id) has been shown to the user. */
  acknowledge(id: string): Promise<void>;
  readonly ledger: Ledger;
  dispose(): void;
}

/**
 * Begins to guard a page. Synchronous and total: wrong options throw `ERR_OPTIONS`, nothing else does. A browser below
 * the floor shows as `status.room` failed with `ERR_UNSUPPORTED`. Without a document (server-side rendering) it stays idle.
 */
export function createGuard(given: GuardOptions): Guard {
  const options = checkOptions(given);
  if (typeof document === 'undefined') return idleGuard();

  const status = new StatusHolder();
  const stopping = new AbortController();
  const stop = stopping.signal;
  const now = (): number => Date.now();
  const update = (change: Partial<GuardStatus>): void => {
    if (!stop.aborted) status.update(change);
  };

  let network: Network | undefined;
  /** Models that the room could not run, by the digest of their manifest. */
  const modelFaults = new Map<Digest, LodestoneError>();
  const opened = checkFloor().then(() => openNetwork(options, { now, update, changed: inputsChanged, stop }));
  const room = createRoom({
    source: () => roomSource(options.roomUrl),
    listFile: async (digest) => (await opened).keeper.listFile(digest),
    entriesOf: (digest) => network?.keeper.entriesOf(digest),
    classifierCode: async () => (await import('./content/classifier.generated.ts')).CLASSIFIER_CODE,
    modelFile: async (manifest) => (await opened).keeper.modelFile(manifest),
    modelChanged,
    changed: roomChanged,
    stop,
  });
  const scanning = { inputs: () => network?.keeper.inputs() ?? NOTHING, queue: createQueue(now), room };
  const warmUp = createWarmUp({ ...scanning, isReady: () => status.current.room.state === 'ready' });
  const check = createChecker({
    ...scanning,
    take: async (matches) => (await opened).courier.take(matches),
  });

  update({ state: 'starting' });
  const ready = opened.then(
    (open) => {
      network = open;
      update({ state: 'ready', storage: open.kind() });
      inputsChanged();
      void open.keeper.refresh();
    },
    (cause: unknown) => {
      const error =
        cause instanceof LodestoneError
          ? cause
          : new LodestoneError('ERR_STORAGE', 'the guard cannot start', { cause });
      update({ room: { state: 'failed', error } });
    },
  );

  function inputsChanged(): void {
    if (!network) return;
    const { models, ...rest } = network.keeper.status();
    update({ ...rest, models: models.map(withFault) });
    if (network.keeper.inputs().orders.length > 0 && status.current.room.state === 'none') void room.prepare();
    warmUp.changed();
  }

  function withFault(model: ModelStatus): ModelStatus {
    const error = model.release && modelFaults.get(model.release.manifest);
    return error ? { ...model, error } : model;
  }

  function modelChanged(manifest: Digest, error: LodestoneError | undefined): void {
    if (modelFaults.get(manifest) === error) return;
    if (error) modelFaults.set(manifest, error);
    else modelFaults.delete(manifest);
    inputsChanged();
  }

  function roomChanged(state: RoomState): void {
    if (state.state === 'ready') void network?.ledger.note({ note: 'room-started', of: state.build });
    if (state.state === 'failed' && state.build && !stop.aborted)
      void network?.ledger.note({ note: 'room-torn-down', of: state.build });
    update({ room: state });
    warmUp.changed();
  }

  const dispose = (): void => {
    if (stop.aborted) return;
    status.update({ state: 'disposed', room: { state: 'none' } });
    stopping.abort(new LodestoneError('ERR_DISPOSED', 'the guard was disposed'));
  };

  return {
    ready,
    covers(what) {
      const isCovered = !network || covers(network.keeper.inputs(), what);
      if (isCovered && what.media === 'image') warmUp.expected(what.surface);
      return isCovered;
    },
    async check(content, checkOptions) {
      stop.throwIfAborted();
      await ready;
      stop.throwIfAborted();
      return check(content, checkOptions);
    },
    get status() {
      return status.current;
    },
    subscribe: (changed) => status.subscribe(changed),
    async acknowledge(id) {
      const open = await opened;
      if (!(await open.keeper.acknowledge(id))) await open.acknowledge(id);
    },
    ledger: {
      entries: async () => (await opened).ledger.entries(),
      export: async () => (await opened).ledger.export(),
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}

const NOTHING = { orders: [], lists: [], models: [] };

/** Both are lazy: a page that never scans loads neither, and one with a served room its digest only. */
async function roomSource(roomUrl: string | undefined): Promise<RoomSource> {
  const { ROOM_BUILD: build, ROOM_SCRIPT: script } = await import('./content/room-build.generated.ts');
  if (roomUrl !== undefined) return { build, script, from: { url: roomUrl } };
  const { ROOM_DOCUMENT } = await import('./content/room.generated.ts');
  return { build, script, from: { document: ROOM_DOCUMENT } };
}

/** Where there is no document, so that importing and creating are safe in server-side rendering. */
function idleGuard(): Guard {
  const status = new StatusHolder();
  const noDocument = async (): Promise<never> => {
    throw new LodestoneError('ERR_NO_DOCUMENT', 'check: there is no document here; check in the browser');
  };
  const dispose = (): void => status.update({ state: 'disposed' });
  return {
    ready: Promise.resolve(),
    covers: () => true,
    check: noDocument,
    get status() {
      return status.current;
    },
    subscribe: (changed) => status.subscribe(changed),
    acknowledge: async () => undefined,
    ledger: { entries: async () => [], export: async () => new Blob([], { type: 'application/x-ndjson' }) },
    dispose,
    [Symbol.dispose]: dispose,
  };
}
