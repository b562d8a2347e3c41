/**
 * Keeps the signed inputs: refreshes them, says what is in force at any moment, hands out list files and receiver keys.
 * Flow: authorities → source → refresh → here → policy (what applies) and the sandbox (list bytes). Spec: DESIGN §5.
 */
import {
  type Digest,
  fromInstant,
  type ReceiverKey,
  type ReceiverKeys,
  type SandboxModel,
  sealingKey,
  type TargetReference,
  toInstant,
} from '@lodestone/protocol';
import type { Inputs } from '../../inputs.ts';
import type { GuardStatus, ListStatus, ModelStatus, OrderStatus, SourceStatus } from '../../status.ts';
import type { Egress } from '../egress.ts';
import type { LedgerWriter } from '../ledger.ts';
import type { StoredModel, StoredRelease, StoredSource } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import { type Accepted, inForce, orderStateAt } from './in-force.ts';
import { modelsOf } from './fetch-targets.ts';
import { type Round, runRound } from './refresh.ts';
import type { SourceConfig } from './source.ts';

export interface UpdaterOptions {
  sources: readonly SourceConfig[];
  endpoint: string;
  storage: Storage;
  egress: Egress;
  ledger: LedgerWriter;
  now: () => number;
  /** What is in force, or what is known of it, may have changed. */
  changed: () => void;
  stop: AbortSignal;
}

/** What the sandbox needs of a list. */
export interface ListFile {
  fileDigest: Digest;
  file: ArrayBuffer;
  suppressed: Uint32Array;
}

/** What the sandbox needs of a model. */
export interface ModelFile {
  model: SandboxModel;
  runtime: ArrayBuffer;
}

export interface Updater {
  /** The same object while the same is in force. */
  inputs(): Inputs;
  status(): Pick<GuardStatus, 'sources' | 'orders' | 'lists' | 'models'>;
  /** Rising and suppressed entry numbers of a list in force, for the gate. */
  entriesOf(file: Digest): Pick<StoredRelease, 'entries' | 'suppressed'> | undefined;
  listFile(file: Digest): Promise<ListFile | undefined>;
  /** By the digest of its manifest. */
  modelFile(manifest: Digest): Promise<ModelFile | undefined>;
  /** Key to seal with under this order; without one, under any that has a receiver. */
  sealingKey(order?: Digest): ReceiverKey | undefined;
  /** An announced order takes effect now. False where there is no such order. */
  acknowledge(order: string): Promise<boolean>;
  refresh(): Promise<void>;
}

/** Refresh every six hours, give or take one: suppressions reach devices within a day even if rounds fail. */
const REFRESH_MS = { least: 5 * 3_600_000, most: 7 * 3_600_000 };
const RETRY_MS = { first: 30_000, most: 3_600_000 };
/** How often the clock is looked at for orders that begin or end. */
const TICK_MS = 30_000;

export async function openUpdater(options: UpdaterOptions): Promise<Updater> {
  const { storage, ledger, now, changed, stop } = options;
  let held = await load(storage);
  let inputs = inForce(held.accepted, now());
  let round: Round | undefined;
  let failures = 0;
  let running: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Writes down which orders began and ended, once each; an end is bound to the timestamp under which it was seen. */
  const note = async (): Promise<void> => {
    const time = now();
    for (const stored of held.accepted.orders) {
      const state = orderStateAt(stored, held.accepted, time);
      const noted = state === 'in-force' || state === 'ended' ? state : undefined;
      if (!noted || noted === stored.noted) continue;
      const isOver = noted === 'ended' && fromInstant(stored.order.notAfter) <= time;
      const endedAtVersion = held.accepted.timestamps.get(stored.source) ?? 0;
      await storage.transact(['orders'], async (tx) => {
        const current = await tx.get('orders', stored.orderDigest);
        if (current)
          await tx.put('orders', stored.orderDigest, { ...current, noted, ...(isOver && { endedAtVersion }) });
      });
      const wasInForce = stored.noted === 'in-force';
      if (noted === 'in-force' || wasInForce) await ledger.note({ note: `order-${noted}`, of: stored.orderDigest });
    }
    held = await load(storage);
  };

  const settle = async (): Promise<void> => {
    held = await load(storage);
    await note();
    changed();
  };

  const run = async (): Promise<void> => {
    clearTimeout(timer);
    const { accepted } = held;
    round = await runRound({ ...options, accepted });
    for (const release of round.changed) await ledger.note({ note: 'release-in-force', of: release.manifestDigest });
    await settle();
    // A model without the figures that an order asks for was had, and has none in the next round either.
    const failed = [...round.sources.map(({ error }) => error), ...round.errors.values()].some(
      (error) => error && error.code !== 'ERR_MODEL',
    );
    failures = failed ? failures + 1 : 0;
  };
  /** What storage refused in the background is the page's to see, unless it was closed on purpose. */
  const complain = (error: unknown): void => {
    if (!stop.aborted) reportError(error);
  };
  const schedule = (): void => {
    if (stop.aborted) return;
    const wait = failures
      ? Math.min(RETRY_MS.first * 2 ** (failures - 1), RETRY_MS.most)
      : REFRESH_MS.least + Math.random() * (REFRESH_MS.most - REFRESH_MS.least);
    timer = setTimeout(() => void refresh(), wait);
  };
  const refresh = (): Promise<void> => {
    running ??= run()
      .catch((error: unknown) => {
        failures += 1;
        complain(error);
      })
      .finally(() => {
        running = undefined;
        schedule();
      });
    return running;
  };

  await note();
  stop.throwIfAborted();
  const tick = setInterval(() => void settle().catch(complain), TICK_MS);
  stop.addEventListener('abort', () => {
    clearTimeout(timer);
    clearInterval(tick);
  });

  return {
    inputs() {
      const next = inForce(held.accepted, now());
      if (JSON.stringify(next) !== JSON.stringify(inputs)) inputs = next;
      return inputs;
    },
    status: () => statusOf(options, held, round),
    entriesOf: (file) => held.accepted.releases.find(({ manifest }) => manifest.file.sha256 === file),
    async listFile(fileDigest) {
      const release = held.accepted.releases.find(({ manifest }) => manifest.file.sha256 === fileDigest);
      const file = release && (await storage.transact(['files'], (tx) => tx.get('files', fileDigest)));
      return file && { fileDigest, file, suppressed: release.suppressed };
    },
    async modelFile(fileDigest) {
      const stored = held.accepted.models.find(({ manifestDigest }) => manifestDigest === fileDigest);
      if (!stored) return undefined;
      const { file, runtime, input, output, buckets } = stored.manifest;
      const [bytes, wasm] = await storage.transact(['files'], async (tx) => [
        await tx.get('files', file.sha256),
        await tx.get('files', runtime.sha256),
      ]);
      return (
        bytes && wasm && { model: { manifestDigest: fileDigest, input, output, buckets, file: bytes }, runtime: wasm }
      );
    },
    sealingKey(digest) {
      const { orders } = inForce(held.accepted, now());
      const receiver = orders.find(
        ({ order, orderDigest: one }) => order.receiver && (digest === undefined || one === digest),
      )?.order.receiver;
      const keys = receiver && held.keys.get(receiver.keys);
      return keys && sealingKey(keys, now());
    },
    async acknowledge(digest) {
      const time = now();
      const known = await storage.transact(['orders'], async (tx) => {
        const stored = await tx.get('orders', digest);
        if (stored) await tx.put('orders', digest, { ...stored, effectiveFrom: Math.min(stored.effectiveFrom, time) });
        return stored !== undefined;
      });
      if (known) await settle();
      return known;
    },
    refresh,
  };
}

interface Held {
  accepted: Accepted;
  sources: ReadonlyMap<string, StoredSource>;
  keys: ReadonlyMap<TargetReference, ReceiverKeys>;
}

function load(storage: Storage): Promise<Held> {
  return storage.transact(['sources', 'orders', 'releases', 'models', 'keys'], async (tx) => {
    const sources = new Map((await tx.all('sources')).map(([name, source]) => [String(name), source]));
    return {
      sources,
      accepted: {
        orders: (await tx.all('orders')).map(([, stored]) => stored),
        releases: (await tx.all('releases')).map(([, release]) => release),
        models: (await tx.all('models')).map(([, model]) => model),
        timestamps: new Map([...sources].map(([name, { timestampVersion }]) => [name, timestampVersion])),
      },
      keys: new Map((await tx.all('keys')).map(([reference, keys]) => [reference as TargetReference, keys])),
    };
  });
}

function statusOf(
  { sources, now }: UpdaterOptions,
  { accepted, sources: stored }: Held,
  round: Round | undefined,
): ReturnType<Updater['status']> {
  const time = now();
  const current = inForce(accepted, time);
  const lists = new Map(current.lists.map((list) => [list.reference, list]));
  const named = new Set(
    accepted.orders.flatMap(({ order }) =>
      order.detect.flatMap((detect) => (detect.kind === 'known' ? detect.list : [])),
    ),
  );
  return {
    sources: sources.map(({ name, power }): SourceStatus => {
      const refreshed = stored.get(name)?.refreshed;
      const error = round?.sources.find(({ config }) => config.name === name)?.error;
      return { name, power, ...(refreshed && { refreshed }), ...(error && { error }) };
    }),
    orders: accepted.orders.map((order): OrderStatus => ({
      orderDigest: order.orderDigest,
      source: order.source,
      order: order.order,
      state: orderStateAt(order, accepted, time),
      effectiveFrom: toInstant(order.effectiveFrom),
    })),
    lists: [...named].map((reference): ListStatus => {
      const release = lists.has(reference) ? accepted.releases.find((one) => one.reference === reference) : undefined;
      const error = round?.errors.get(reference);
      return { reference, ...(release && { release: describe(release) }), ...(error && { error }) };
    }),
    models: [...modelsOf(accepted.orders.map(({ order }) => order)).keys()].map((reference): ModelStatus => {
      const isInForce = current.models.some((model) => model.reference === reference);
      const stored = isInForce ? accepted.models.find((one) => one.reference === reference) : undefined;
      const error = round?.errors.get(reference);
      return { reference, ...(stored && { release: describeModel(stored) }), ...(error && { error }) };
    }),
  };
}

function describe({ manifest, manifestDigest }: StoredRelease): NonNullable<ListStatus['release']> {
  const { version, counts, file, merkleRoot, notAfter } = manifest;
  return {
    version,
    manifestDigest,
    fileDigest: file.sha256,
    merkleRoot,
    records: counts.pdq + counts.sha256 + counts.vpdq,
    notAfter,
  };
}

function describeModel({ manifest, manifestDigest }: StoredModel): NonNullable<ModelStatus['release']> {
  const { version, file, figures, notAfter } = manifest;
  return { version, manifestDigest, fileDigest: file.sha256, maySignal: figures.length > 0, notAfter };
}
