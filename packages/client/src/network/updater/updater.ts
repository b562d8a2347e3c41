/**
 * Keeps the signed inputs up to date, and answers which are in force. The rules are in `state`, `judge` and `in-force`;
 * `runner` performs their effects.
 * Flow: authorities → source → round → here → scan plan and sandbox.
 * Spec: docs/design/signed-inputs.md#refresh-rounds
 */
import {
  type FileDigest,
  type ManifestDigest,
  type ReceiverKeys,
  type SandboxModel,
  type TargetReference,
} from '@lodestone/protocol';
import type { Inputs } from '../../inputs.ts';
import type { ReleaseNotice } from '../../status.ts';
import type { Storage } from '../storage/transaction.ts';
import { type ListEntries, readEntryOfSha256 } from '../transfer/list-entries.ts';
import { readFile } from '../transfer/stored-file.ts';
import { countChange } from './fence.ts';
import { effectiveNow } from './in-force.ts';
import type { Accepted, AcceptedRelease } from './judge.ts';
import { openRunner, type RunnerOptions } from './runner.ts';
import { releaseNotices, type UpdaterStatus, updaterStatus } from './status.ts';

export type { RunnerOptions as UpdaterOptions } from './runner.ts';

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

/** Entry numbers of a list in force. */
export interface EntriesInForce extends ListEntries {
  suppressed: Uint32Array;
}

export interface Updater {
  /** The same object until something changes. */
  inputs(): Inputs;
  status(): UpdaterStatus;
  /** Changed lists and models that the host has not acknowledged. */
  notices(): ReleaseNotice[];
  /** Entry numbers of a list in force, for plausibility. */
  entriesOf(fileDigest: FileDigest): EntriesInForce | undefined;
  listFile(fileDigest: FileDigest): Promise<ListFile | undefined>;
  /** The entry of a list in force that lists this digest, or 0. */
  entryOfSha256(fileDigest: FileDigest, digest: Uint8Array): Promise<number | undefined>;
  modelFile(manifestDigest: ManifestDigest): Promise<ModelFile | undefined>;
  keysOf(reference: TargetReference): ReceiverKeys | undefined;
  /** The host has shown an order, so an announced one takes effect now. Returns false if there is none. */
  acknowledgeOrder(orderDigest: string): Promise<boolean>;
  /** The host has shown a notice of a list or model. Returns false if there is none. */
  acknowledgeNotice(id: string): Promise<boolean>;
  /** Resolves when the first round has ended: every source was asked for its metadata and orders. Never rejects. */
  readonly firstRound: Promise<void>;
  /** Reads storage again, which another tab has changed. */
  reread(): Promise<void>;
  /** Starts a round, unless one runs. Resolves when it and the transfers that it started have ended; never rejects. */
  refresh(): Promise<void>;
}

export async function openUpdater(options: RunnerOptions): Promise<Updater> {
  const { storage, now, stop } = options;
  const runner = await openRunner(options);
  stop.throwIfAborted();
  runner.start();
  const accepted = (): Accepted => runner.state.stored.accepted;

  return {
    inputs: () => runner.current().inputs,
    status: () => updaterStatus(options.sources, runner.current(), now()),
    entriesOf(fileDigest) {
      const list = listOf(accepted(), fileDigest);
      return list && { ...list.entries, suppressed: suppressedIn(accepted(), list.reference) };
    },
    async listFile(fileDigest) {
      const list = listOf(accepted(), fileDigest);
      const file = list && (await readFile(storage, fileDigest));
      return file && { fileDigest, file, suppressed: suppressedIn(accepted(), list.reference) };
    },
    async entryOfSha256(fileDigest, digest) {
      return listOf(accepted(), fileDigest) && readEntryOfSha256(storage, fileDigest, digest);
    },
    modelFile: (manifestDigest) => readModelFile(storage, accepted(), manifestDigest),
    keysOf: (reference) => accepted().keys.get(reference),
    notices: () => releaseNotices(runner.current().stored, now()),
    async acknowledgeOrder(orderDigest) {
      const isKnown = await acknowledgeOrder(storage, orderDigest, now());
      if (isKnown) await runner.settle();
      return isKnown;
    },
    async acknowledgeNotice(id) {
      const isKnown = await acknowledgeRelease(storage, id);
      if (isKnown) await runner.settle();
      return isKnown;
    },
    firstRound: runner.firstRound,
    reread: () => runner.settle(),
    refresh: () => runner.refresh(),
  };
}

function acknowledgeOrder(storage: Storage, orderDigest: string, now: number): Promise<boolean> {
  return storage.transact(['updater', 'orders'], async (tx) => {
    const stored = await tx.get('orders', orderDigest);
    if (!stored) return false;
    const effectiveFrom = Math.min(stored.effectiveFrom, effectiveNow(stored.order, now));
    await tx.put('orders', orderDigest, { ...stored, effectiveFrom, isAcknowledged: true });
    await countChange(tx);
    return true;
  });
}

function acknowledgeRelease(storage: Storage, id: string): Promise<boolean> {
  return storage.transact(['updater', 'releases', 'models'], async (tx) => {
    for (const store of ['releases', 'models'] as const)
      for (const [key, stored] of await tx.all(store)) {
        if (stored.notice?.id !== id) continue;
        const { notice: _, ...acknowledged } = stored;
        await tx.put(store, key, acknowledged);
        await countChange(tx);
        return true;
      }
    return false;
  });
}

function listOf({ releases }: Accepted, fileDigest: FileDigest): AcceptedRelease | undefined {
  return releases.find(({ manifest }) => manifest.file.sha256 === fileDigest);
}

function suppressedIn({ suppressions }: Accepted, list: TargetReference): Uint32Array {
  return suppressions.find(({ reference }) => reference === list)?.entries ?? new Uint32Array(0);
}

async function readModelFile(
  storage: Storage,
  { models }: Accepted,
  manifestDigest: ManifestDigest,
): Promise<ModelFile | undefined> {
  const stored = models.find((model) => model.manifestDigest === manifestDigest);
  if (!stored) return undefined;
  const { file, runtime, input, output, buckets } = stored.manifest;
  const fileBytes = await readFile(storage, file.sha256);
  const runtimeBytes = await readFile(storage, runtime.sha256);
  if (!fileBytes || !runtimeBytes) return undefined;
  return { model: { manifestDigest, input, output, buckets, file: fileBytes }, runtime: runtimeBytes };
}
