/**
 * Transfers: fetches the files of wanted manifests, outside of rounds and without their deadline. When all files of a
 * manifest are on the device, its list or model replaces the one before.
 * Flow: updater → here → egress, storage. Promise: a release comes into use together with its files, or not at all.
 * Spec: docs/design/signed-inputs.md#transfers
 */
import {
  LodestoneError,
  type ManifestDigest,
  splitReference,
  type TargetFile,
  type TargetReference,
} from '@lodestone/protocol';
import {
  createReleaseCheck,
  createTargetCheck,
  type ListChange,
  listChange,
  modelChange,
  recordsOf,
  type TargetCheck,
  targetUrlPath,
} from '@lodestone/trust';
import type { Egress } from '../egress.ts';
import type { StoredModel, StoredRelease, StoredReleaseNotice, StoredWanted } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import { type FileRequest, receiveFile } from '../transfer/receive-file.ts';
import { deleteUnusedFiles } from './commit.ts';
import { countChange } from './fence.ts';
import { type SourceConfig, typedError } from './source.ts';

export interface TransferContext {
  configs: readonly SourceConfig[];
  storage: Storage;
  egress: Egress;
  stop: AbortSignal;
  /** A release has come into use. */
  onRelease: (manifestDigest: ManifestDigest) => Promise<void>;
}

/** Why the files of a list or model could not be fetched. */
export type TransferErrors = ReadonlyMap<TargetReference, LodestoneError>;

/** Fetches everything that is wanted, also what becomes wanted meanwhile. Rejects only if storage cannot be read. */
export async function runTransfers(context: TransferContext): Promise<TransferErrors> {
  const errors = new Map<TargetReference, LodestoneError>();
  const tried = new Set<string>();
  for (;;) {
    const wanted = await context.storage.transact(['wanted'], (tx) => tx.all('wanted'));
    const [, next] = wanted.find(([, one]) => !tried.has(one.manifestDigest)) ?? [];
    if (!next) return errors;
    tried.add(next.manifestDigest);
    try {
      await transfer(next, context);
      errors.delete(next.reference);
    } catch (cause) {
      errors.set(next.reference, typedError(cause, next.reference));
    }
  }
}

async function transfer(wanted: StoredWanted, context: TransferContext): Promise<void> {
  for (const request of fileRequests(wanted, context.configs)) await receiveFile(request, context);
  if (await storeRelease(context.storage, wanted)) await context.onRelease(wanted.manifestDigest);
}

/** The files that the manifest names, at their place in the source's repository. */
function fileRequests(wanted: StoredWanted, configs: TransferContext['configs']): FileRequest[] {
  const { kind, reference, manifest } = wanted;
  const { source } = splitReference(reference);
  const config = configs.find(({ name }) => name === source);
  if (!config) throw new LodestoneError('ERR_TRUST_POWER', `${reference}: the host does not list ${source}`);
  const request = (file: TargetFile, createCheck = (): TargetCheck => createTargetCheck(file)): FileRequest => ({
    file,
    url: new URL(targetUrlPath(file), config.url),
    purpose: kind,
    createCheck,
  });
  return 'runtime' in manifest
    ? [request(manifest.file), request(manifest.runtime)]
    : [request(manifest.file, () => createReleaseCheck(manifest))];
}

/** Returns false if another manifest is wanted by now, or none: another tab was faster, or a newer one was published. */
function storeRelease(storage: Storage, { reference, manifestDigest }: StoredWanted): Promise<boolean> {
  return storage.transact(['updater', 'wanted', 'releases', 'models', 'files', 'file-parts'], async (tx) => {
    const current = await tx.get('wanted', reference);
    if (current?.manifestDigest !== manifestDigest) return false;
    if (current.kind === 'list') {
      const { kind: _, ...release } = current;
      await tx.put('releases', reference, releaseInUse(release, await tx.get('releases', reference)));
    } else {
      const { kind: _, ...model } = current;
      await tx.put('models', reference, modelInUse(model, await tx.get('models', reference)));
    }
    await tx.delete('wanted', reference);
    await deleteUnusedFiles(tx);
    await countChange(tx);
    return true;
  });
}

/** Growth is measured from the last notice, so that growth in small steps is noticed too. */
function releaseInUse(release: StoredRelease, before: StoredRelease | undefined): StoredRelease {
  const { manifest } = release;
  const baseline = before?.baseline ?? { version: manifest.version, records: recordsOf(manifest) };
  const change = listChange(baseline, manifest);
  const notice = noticeAfter(before?.notice, change);
  return { ...release, baseline: change?.to ?? baseline, ...(notice && { notice }) };
}

/**
 * A notice that was not acknowledged stays, with an id of its own for each further change: the host may acknowledge what it
 * showed before.
 */
function modelInUse(model: StoredModel, before: StoredModel | undefined): StoredModel {
  if (!before) return model;
  const known = before.notice?.known ?? before.manifest;
  const change = modelChange(before.manifest, model.manifest, known);
  const notice = change ? { id: crypto.randomUUID(), change, known } : before.notice;
  return { ...model, ...(notice && { notice }) };
}

/** As for a model: a second change makes one notice of both. */
function noticeAfter(
  before: StoredReleaseNotice<ListChange> | undefined,
  change: ListChange | undefined,
): StoredReleaseNotice<ListChange> | undefined {
  if (!change) return before;
  return { id: crypto.randomUUID(), change: before ? { ...change, from: before.change.from } : change };
}
