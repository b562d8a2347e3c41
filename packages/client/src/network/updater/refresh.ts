/**
 * One refresh round. Each source goes its own way: metadata → its orders → commit → the documents that orders require of it.
 * Flow: updater → here → source, fetch-orders, fetch-targets, commit. Promise: no source waits for another's network, and a
 * part that is refused leaves the previous state in place. Spec: docs/design/signed-inputs.md#refresh-rounds
 */
import { LIMITS, LodestoneError, type OrderDigest, type TargetReference, toInstant } from '@lodestone/protocol';
import type { Egress } from '../egress.ts';
import { UPDATER_KEY } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import { commitFirstContact, commitSource, prune } from './commit.ts';
import { fetchDocuments } from './documents.ts';
import { fetchOrders } from './fetch-orders.ts';
import type { TargetContext } from './fetch-targets.ts';
import { orderStateAt } from './in-force.ts';
import { refreshSource, type RoundSource, type SourceConfig } from './source.ts';
import { readStoredInputs, type ReadOptions, type StoredInputs } from './stored-inputs.ts';

export interface RoundContext extends ReadOptions {
  egress: Egress;
  now: () => number;
  /** Ends the round: it then reports what it has, and stores nothing more. */
  deadline: AbortSignal;
}

/** The report of a round. The accepted inputs are in storage. */
export interface RoundReport {
  /** By source name: why the refresh failed, or an order was refused. */
  sourceErrors: ReadonlyMap<string, LodestoneError>;
  /** Why a manifest, a suppression or keys were refused, or may not be used as an order requires. */
  targetErrors: ReadonlyMap<TargetReference, LodestoneError>;
  /** Orders that were in force, and that their source has withdrawn. */
  withdrawn: readonly OrderDigest[];
}

/** How long a storage without an answer of every source is new. */
const NEW_STORAGE_MS = 24 * 3_600_000;

/** @throws {Superseded}, or if storage fails. Errors of sources and targets are in the report. */
export async function runRound(context: RoundContext): Promise<RoundReport> {
  const { configs, storage, now } = context;
  const round = await beginRound(storage);
  const stored = await readNow(context);
  const run = new Round(context, round, stored);
  await Promise.all(configs.map((config) => run.source(config)));
  await commitFirstContact(
    storage,
    round,
    configs.map(({ name }) => name),
  );
  const { accepted } = await readNow(context);
  await prune(storage, round, (order) => orderStateAt(order, accepted, now()) === 'ended');
  return run.report();
}

/** Takes the next number: from now on no older round can write. */
function beginRound(storage: Storage): Promise<number> {
  return storage.transact(['updater'], async (tx) => {
    const updater = await tx.get('updater', UPDATER_KEY);
    if (!updater) throw new Error('the updater has not prepared its storage');
    const round = updater.round + 1;
    await tx.put('updater', UPDATER_KEY, { ...updater, round });
    return round;
  });
}

async function readNow(options: ReadOptions): Promise<StoredInputs> {
  const stored = await readStoredInputs(options);
  if (!stored) throw new Error('the updater has not prepared its storage');
  return stored;
}

class Round {
  readonly #context: RoundContext;
  readonly #number: number;
  readonly #before: StoredInputs;
  /** Every source, as far as it is refreshed. */
  readonly #sources: Map<string, RoundSource>;
  /** Sources that are refreshed, each with its documents being fetched, one pass after the other. */
  readonly #documents = new Map<string, Promise<void>>();
  readonly #sourceErrors = new Map<string, LodestoneError>();
  readonly #targetErrors = new Map<TargetReference, LodestoneError>();
  readonly #withdrawn: OrderDigest[] = [];
  readonly #fetched: TargetContext['fetched'] = new Map();

  constructor(context: RoundContext, number: number, before: StoredInputs) {
    this.#context = context;
    this.#number = number;
    this.#before = before;
    this.#sources = new Map(
      context.configs.map((config) => {
        const trusted = before.standings.get(config.name)?.trusted;
        const egress = boundedEgress(context, config);
        return [config.name, { config, egress, ...(trusted && { trusted }) }];
      }),
    );
  }

  report(): RoundReport {
    return { sourceErrors: this.#sourceErrors, targetErrors: this.#targetErrors, withdrawn: this.#withdrawn };
  }

  async source(config: SourceConfig): Promise<void> {
    const { storage, now } = this.#context;
    const source = this.#sources.get(config.name);
    if (!source) return;
    const refreshed = await refreshSource(source, { storage, now, round: this.#number });
    this.#sources.set(config.name, refreshed.source);
    if (refreshed.error) this.#sourceErrors.set(config.name, refreshed.error);
    else await this.#orders(refreshed.source);
    this.#documents.set(config.name, Promise.resolve());
    await this.#nextPass();
  }

  async #orders(source: RoundSource): Promise<void> {
    const { storage, now, endpoint } = this.#context;
    const { name } = source.config;
    const { accepted, records, updater } = this.#before;
    const { orders, isComplete, error } = await fetchOrders(source, {
      endpoint,
      now,
      accepted,
      before: records.orders.filter((stored) => stored.source === name),
      isNewStorage: updater.isNew && now() - updater.since < NEW_STORAGE_MS,
    });
    if (error) this.#sourceErrors.set(name, error);
    if (this.#context.deadline.aborted) return;
    const result = { name, refreshed: toInstant(now()), orders, isComplete };
    this.#withdrawn.push(...(await commitSource(storage, this.#number, result)));
  }

  /**
   * Orders of this source may require documents of others, and its signature may complete theirs. Each source fetches in
   * turn, and none waits for another.
   */
  async #nextPass(): Promise<void> {
    for (const [name, before] of this.#documents)
      this.#documents.set(
        name,
        before.then(() => this.#pass(name)),
      );
    await Promise.all(this.#documents.values());
  }

  async #pass(name: string): Promise<void> {
    if (this.#context.deadline.aborted) return;
    const stored = await readNow(this.#context);
    const errors = await fetchDocuments(name, stored, {
      storage: this.#context.storage,
      round: this.#number,
      sources: this.#sources,
      fetched: this.#fetched,
      now: this.#context.now,
    });
    for (const [reference, error] of errors) {
      if (error) this.#targetErrors.set(reference, error);
      else this.#targetErrors.delete(reference);
    }
  }
}

/** Ends requests at the round's deadline, and refuses more bytes than one source may send in one round. */
function boundedEgress({ egress, deadline }: RoundContext, { name }: SourceConfig): Egress {
  let left: number = LIMITS.sourceRoundBytes;
  return async (request) => {
    if (request.method === 'POST') return egress(request);
    const maxBytes = Math.min(request.maxBytes, left);
    try {
      const answer = await egress({ ...request, maxBytes, signal: deadline });
      left -= answer.body.length;
      return answer;
    } catch (cause) {
      if (!deadline.aborted) throw cause;
      throw new LodestoneError('ERR_NETWORK', `source ${name}: no answer within the time of the round`, { cause });
    }
  };
}
