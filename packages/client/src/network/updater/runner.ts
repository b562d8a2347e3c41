/**
 * Performs the effects of the updater's state machine: rounds and transfers under Web Locks, timers, reading storage, and
 * notes in the ledger.
 * Flow: updater → here → round, transfer. Spec: docs/design/signed-inputs.md#one-round-at-a-time
 */
import type { LedgerNote } from '@lodestone/protocol';
import type { Egress } from '../egress.ts';
import type { LedgerWriter } from '../ledger.ts';
import type { Storage } from '../storage/transaction.ts';
import { countChange, Superseded } from './fence.ts';
import { orderTransitions } from './in-force.ts';
import type { Accepted } from './judge.ts';
import { runRound } from './refresh.ts';
import { withLock } from './round-lock.ts';
import type { SourceConfig } from './source.ts';
import {
  initial,
  next,
  ROUND_MS,
  type RoundOutcome,
  type UpdaterEffect,
  type UpdaterEvent,
  type UpdaterState,
} from './state.ts';
import { prepareStorage, readStoredInputs, type ReadOptions } from './stored-inputs.ts';
import { runTransfers, type TransferErrors } from './transfer.ts';

export interface RunnerOptions {
  sources: readonly SourceConfig[];
  /** The receiver's address, as the host gives it. */
  endpoint: string;
  storage: Storage;
  /** Names the locks that all tabs of this storage share. */
  storageName: string;
  /** Undefined without Web Locks: they need a secure context. */
  locks: Pick<LockManager, 'request'> | undefined;
  egress: Egress;
  ledger: LedgerWriter;
  now: () => number;
  /** The inputs in force, or the status, may have changed. */
  onChange: () => void;
  stop: AbortSignal;
}

/** How often orders are checked for their beginning and end, and storage for what other tabs have changed. */
const TICK_MS = 30_000;

export async function openRunner(options: RunnerOptions): Promise<UpdaterRunner> {
  const { storage, sources, now } = options;
  await prepareStorage(storage, sources, now());
  const reading: ReadOptions = {
    storage,
    configs: sources,
    endpoint: options.endpoint,
    verified: new Map(),
    entries: new Map(),
  };
  const stored = await readStoredInputs(reading);
  if (!stored) throw new Error('the updater has not prepared its storage');
  const runner = new UpdaterRunner(options, reading, initial(stored, now()));
  await runner.load();
  return runner;
}

export class UpdaterRunner {
  readonly #options: RunnerOptions;
  readonly #reading: ReadOptions;
  #state: UpdaterState;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #round: Promise<void> = Promise.resolve();
  #transfers: Promise<void> = Promise.resolve();
  #settling: Promise<void> = Promise.resolve();
  readonly #firstRound = Promise.withResolvers<void>();

  constructor(options: RunnerOptions, reading: ReadOptions, state: UpdaterState) {
    this.#options = options;
    this.#reading = reading;
    this.#state = state;
  }

  get state(): UpdaterState {
    return this.#state;
  }

  /** Resolves when the first round has ended, whatever it brought. */
  get firstRound(): Promise<void> {
    return this.#firstRound.promise;
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

  async refresh(): Promise<void> {
    this.#dispatch({ type: 'round-requested' });
    await this.#round;
    await this.#transfers;
  }

  /** Reads the inputs if they have changed, records which orders began or ended, and notifies the host side. */
  settle(): Promise<void> {
    const turn = this.#settling.then(async () => {
      const { inputs, stored } = this.#state;
      await this.#readChanges();
      if (this.#state.stored !== stored || this.current().inputs !== inputs) this.#options.onChange();
    });
    this.#settling = turn.catch(() => undefined);
    return turn;
  }

  /** For the first time, before the host side listens. */
  async load(): Promise<void> {
    await this.#readChanges();
  }

  async #readChanges(): Promise<void> {
    do {
      const stored = await readStoredInputs(this.#reading, this.#state.stored.revision);
      if (!stored) continue;
      this.#dispatch({ type: 'inputs-read', stored });
    } while (await recordTransitions(this.#options, this.#state.stored.accepted));
  }

  #dispatch(event: UpdaterEvent): void {
    const step = next(this.#state, event, this.#options.now());
    this.#state = step.state;
    for (const effect of step.effects) this.#perform(effect);
  }

  #perform(effect: UpdaterEffect): void {
    switch (effect.type) {
      case 'start-round':
        clearTimeout(this.#timer);
        this.#round = this.#runRound();
        return;
      case 'start-transfers':
        this.#transfers = this.#runTransfers();
        return;
      case 'schedule-round':
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => void this.refresh(), effect.delayMs);
    }
  }

  async #runRound(): Promise<void> {
    let outcome: RoundOutcome = 'done';
    try {
      const report = await withLock({ ...this.#lock('round'), stealAfterMs: 2 * ROUND_MS }, () => this.#roundInTime());
      this.#dispatch({ type: 'round-reported', report });
      for (const of of report.withdrawn) await this.#note({ note: 'order-ended', of });
      await this.settle();
    } catch (error) {
      outcome = error instanceof Superseded ? 'superseded' : 'crashed';
      if (outcome === 'crashed') this.#complain(error);
    }
    this.#dispatch({ type: 'round-ended', outcome, random: Math.random() });
    this.#firstRound.resolve();
  }

  /** Aborts all requests of the round at its deadline, and when a newer round has begun. */
  async #roundInTime(): ReturnType<typeof runRound> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), ROUND_MS);
    const { egress, now } = this.#options;
    try {
      return await runRound({ ...this.#reading, egress, now, deadline: deadline.signal });
    } finally {
      clearTimeout(timer);
      deadline.abort();
    }
  }

  async #runTransfers(): Promise<void> {
    const { sources: configs, storage, egress, stop } = this.#options;
    let errors: TransferErrors = new Map();
    try {
      const work = (): Promise<TransferErrors> =>
        runTransfers({
          configs,
          storage,
          egress,
          stop,
          onRelease: async (of) => {
            await this.#note({ note: 'release-in-force', of });
            await this.settle();
          },
        });
      errors = await withLock(this.#lock('transfers'), work);
      await this.settle();
    } catch (error) {
      this.#complain(error);
    }
    this.#dispatch({ type: 'transfers-ended', errors, random: Math.random() });
    if (errors.size > 0) this.#options.onChange();
  }

  #lock(of: 'round' | 'transfers'): Parameters<typeof withLock>[0] {
    const { storage, storageName, locks, stop } = this.#options;
    return { locks: storage.kind === 'memory' ? undefined : locks, name: `lodestone ${of} ${storageName}`, stop };
  }

  #note(note: Omit<LedgerNote, 'type'>): Promise<void> {
    return this.#options.ledger.note(note);
  }

  /** Reports background errors to the page, unless storage was closed on purpose. */
  readonly #complain = (error: unknown): void => {
    if (!this.#options.stop.aborted) reportError(error);
  };
}

/** Writes each beginning and end of an order to its record and to the ledger. Returns false if there was none. */
async function recordTransitions(
  { storage, ledger, now }: Pick<RunnerOptions, 'storage' | 'ledger' | 'now'>,
  accepted: Accepted,
): Promise<boolean> {
  const transitions = orderTransitions(accepted, now());
  for (const { orderDigest, record, note } of transitions) {
    await storage.transact(['updater', 'orders'], async (tx) => {
      const current = await tx.get('orders', orderDigest);
      if (current) await tx.put('orders', orderDigest, { ...current, ...record });
      await countChange(tx);
    });
    if (note) await ledger.note({ note, of: orderDigest });
  }
  return transitions.length > 0;
}
