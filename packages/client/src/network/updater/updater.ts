/**
 * Keeps the signed inputs up to date, and answers which are in force. The rules are in `state` and `in-force`; this
 * file performs their effects.
 * Flow: authorities → source → refresh → here → scan plan and sandbox.
 * Spec: docs/design/signed-inputs.md#refresh-rounds
 */
import {
  type ManifestDigest,
  type FileDigest,
  type ReceiverKeys,
  type SandboxModel,
  type TargetReference,
} from '@lodestone/protocol';
import type { Inputs } from '../../inputs.ts';
import type { Egress } from '../egress.ts';
import type { LedgerWriter } from '../ledger.ts';
import type { StoredEntries, StoredRelease } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import { type Accepted, orderTransitions } from './in-force.ts';
import { runRound } from './refresh.ts';
import type { SourceConfig } from './source.ts';
import { initial, next, type UpdaterEffect, type UpdaterEvent, type UpdaterState } from './state.ts';
import { type UpdaterStatus, updaterStatus } from './status.ts';
import { readStoredInputs, type StoredInputs } from './stored-inputs.ts';

export interface UpdaterOptions {
  sources: readonly SourceConfig[];
  /** The receiver's address, as the host gives it. */
  endpoint: string;
  storage: Storage;
  egress: Egress;
  ledger: LedgerWriter;
  now: () => number;
  /** The inputs in force, or the status, may have changed. */
  onChange: () => void;
  stop: AbortSignal;
}

/** A list, as the sandbox loads it. */
export interface ListFile {
  fileDigest: FileDigest;
  file: ArrayBuffer;
  suppressed: Uint32Array;
}

/** A model, as the sandbox loads it. */
export interface ModelFile {
  model: SandboxModel;
  runtime: ArrayBuffer;
}

export interface Updater {
  /** The same object until something changes. */
  inputs(): Inputs;
  status(): UpdaterStatus;
  /** Entry numbers of a list in force, for plausibility. */
  entriesOf(fileDigest: FileDigest): StoredEntries | undefined;
  listFile(fileDigest: FileDigest): Promise<ListFile | undefined>;
  modelFile(manifestDigest: ManifestDigest): Promise<ModelFile | undefined>;
  keysOf(reference: TargetReference): ReceiverKeys | undefined;
  /** The host has shown an announced order, so it takes effect now. Returns false if there is no such order. */
  acknowledge(orderDigest: string): Promise<boolean>;
  /** Starts a round, unless one runs. Resolves when it ends; never rejects. */
  refresh(): Promise<void>;
}

/** How often orders are checked for their beginning and end. */
const TICK_MS = 30_000;

export async function openUpdater(options: UpdaterOptions): Promise<Updater> {
  const { storage, now, stop } = options;
  await recordTransitions(options, (await readStoredInputs(storage)).accepted);
  const runner = new UpdaterRunner(options, initial(await readStoredInputs(storage), now()));
  stop.throwIfAborted();
  runner.start();

  return {
    inputs: () => runner.current().inputs,
    status() {
      const { stored, lastRound } = runner.state;
      return updaterStatus(options.sources, stored, lastRound, now());
    },
    entriesOf: (fileDigest) => releaseOf(runner.state.stored, fileDigest)?.entries,
    async listFile(fileDigest) {
      const release = releaseOf(runner.state.stored, fileDigest);
      const file = release && (await storage.transact(['files'], (tx) => tx.get('files', fileDigest)));
      return file && { fileDigest, file, suppressed: release.entries.suppressed };
    },
    modelFile: (manifestDigest) => readModelFile(storage, runner.state.stored, manifestDigest),
    keysOf: (reference) => runner.state.stored.keys.get(reference),
    async acknowledge(orderDigest) {
      const isKnown = await acknowledgeOrder(storage, orderDigest, now());
      if (isKnown) await runner.settle();
      return isKnown;
    },
    refresh: () => runner.refresh(),
  };
}

/** Feeds events to the state machine, and performs its effects. */
class UpdaterRunner {
  readonly #options: UpdaterOptions;
  #state: UpdaterState;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #round: Promise<void> = Promise.resolve();

  constructor(options: UpdaterOptions, state: UpdaterState) {
    this.#options = options;
    this.#state = state;
  }

  get state(): UpdaterState {
    return this.#state;
  }

  /** The state at this moment: orders begin and end by time. */
  current(): UpdaterState {
    this.#dispatch({ type: 'time-passed' });
    return this.#state;
  }

  start(): void {
    const tick = setInterval(() => void this.settle().catch(this.#complain), TICK_MS);
    this.#options.stop.addEventListener('abort', () => {
      this.#dispatch({ type: 'stopped' });
      clearTimeout(this.#timer);
      clearInterval(tick);
    });
  }

  refresh(): Promise<void> {
    this.#dispatch({ type: 'round-requested' });
    return this.#round;
  }

  /** Reads the inputs, records which orders began or ended, and notifies the host side. */
  async settle(): Promise<void> {
    const { storage, onChange } = this.#options;
    this.#dispatch({ type: 'inputs-read', stored: await readStoredInputs(storage) });
    await recordTransitions(this.#options, this.#state.stored.accepted);
    this.#dispatch({ type: 'inputs-read', stored: await readStoredInputs(storage) });
    onChange();
  }

  #dispatch(event: UpdaterEvent): void {
    const step = next(this.#state, event, this.#options.now());
    this.#state = step.state;
    for (const effect of step.effects) this.#perform(effect);
  }

  #perform(effect: UpdaterEffect): void {
    clearTimeout(this.#timer);
    if (effect.type === 'start-round') this.#round = this.#runRound();
    else this.#timer = setTimeout(() => void this.refresh(), effect.delayMs);
  }

  async #runRound(): Promise<void> {
    let crashed = false;
    try {
      const report = await runRound({ ...this.#options, accepted: this.#state.stored.accepted });
      this.#dispatch({ type: 'round-reported', report });
      for (const of of report.newReleases) await this.#options.ledger.note({ note: 'release-in-force', of });
      await this.settle();
    } catch (error) {
      crashed = true;
      this.#complain(error);
    }
    this.#dispatch({ type: 'round-ended', crashed, random: Math.random() });
  }

  /** Reports background errors to the page, unless storage was closed on purpose. */
  readonly #complain = (error: unknown): void => {
    if (!this.#options.stop.aborted) reportError(error);
  };
}

/** Writes each beginning and end of an order to its record and to the ledger. */
async function recordTransitions(
  { storage, ledger, now }: Pick<UpdaterOptions, 'storage' | 'ledger' | 'now'>,
  accepted: Accepted,
): Promise<void> {
  for (const { orderDigest, record, note } of orderTransitions(accepted, now())) {
    await storage.transact(['orders'], async (tx) => {
      const current = await tx.get('orders', orderDigest);
      if (current) await tx.put('orders', orderDigest, { ...current, ...record });
    });
    if (note) await ledger.note({ note, of: orderDigest });
  }
}

function acknowledgeOrder(storage: Storage, orderDigest: string, now: number): Promise<boolean> {
  return storage.transact(['orders'], async (tx) => {
    const stored = await tx.get('orders', orderDigest);
    if (!stored) return false;
    await tx.put('orders', orderDigest, { ...stored, effectiveFrom: Math.min(stored.effectiveFrom, now) });
    return true;
  });
}

function releaseOf({ accepted }: StoredInputs, fileDigest: FileDigest): StoredRelease | undefined {
  return accepted.releases.find(({ manifest }) => manifest.file.sha256 === fileDigest);
}

async function readModelFile(
  storage: Storage,
  { accepted }: StoredInputs,
  manifestDigest: ManifestDigest,
): Promise<ModelFile | undefined> {
  const stored = accepted.models.find((model) => model.manifestDigest === manifestDigest);
  if (!stored) return undefined;
  const { file, runtime, input, output, buckets } = stored.manifest;
  const [fileBytes, runtimeBytes] = await storage.transact(['files'], async (tx) => [
    await tx.get('files', file.sha256),
    await tx.get('files', runtime.sha256),
  ]);
  if (!fileBytes || !runtimeBytes) return undefined;
  return { model: { manifestDigest, input, output, buckets, file: fileBytes }, runtime: runtimeBytes };
}
