/**
 * Transfers: fetches the files of wanted manifests, outside of rounds and without their deadline. When all files of a
 * manifest are on the device, its list or model replaces the one before.
 * Flow: updater → here → egress, storage. Promise: a release comes into use together with its files, or not at all.
 * Spec: docs/design/signed-inputs.md#transfers
 */
import {
  type Digest,
  LodestoneError,
  type ManifestDigest,
  splitReference,
  type TargetFile,
  type TargetReference,
} from '@lodestone/protocol';
import { checkRelease } from '@lodestone/trust';
import type { Egress } from '../egress.ts';
import type { StoredEntries, StoredRelease, StoredWanted } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import { deleteUnusedFiles } from './commit.ts';
import { countChange } from './fence.ts';
import { fetchTarget, type SourceConfig, typedError } from './source.ts';

export interface TransferContext {
  configs: readonly SourceConfig[];
  storage: Storage;
  egress: Egress;
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
  const files = new Map<Digest, ArrayBuffer>();
  const { manifest } = wanted;
  const named: TargetFile[] = 'runtime' in manifest ? [manifest.file, manifest.runtime] : [manifest.file];
  for (const file of named) files.set(file.sha256, await fileBytes(wanted, file, context));
  const entries = wanted.kind === 'list' ? entriesOf(wanted, files) : undefined;
  if (await storeRelease(context.storage, wanted, files, entries)) await context.onRelease(wanted.manifestDigest);
}

/** A file of storage; fetched if it is not there. */
async function fileBytes(
  { kind, reference }: StoredWanted,
  file: TargetFile,
  { configs, storage, egress }: TransferContext,
): Promise<ArrayBuffer> {
  const stored = await storage.transact(['files'], (tx) => tx.get('files', file.sha256));
  if (stored) return stored;
  const { source } = splitReference(reference);
  const config = configs.find(({ name }) => name === source);
  if (!config) throw new LodestoneError('ERR_TRUST_POWER', `${reference}: the host does not list ${source}`);
  return (await fetchTarget({ config, egress }, file, kind)).buffer;
}

function entriesOf({ manifest }: StoredRelease, files: ReadonlyMap<Digest, ArrayBuffer>): StoredEntries {
  const { pdq, sha256, vpdq } = checkRelease(
    manifest,
    new Uint8Array(files.get(manifest.file.sha256) ?? new ArrayBuffer(0)),
  );
  return {
    exact: Uint32Array.from(new Set(sha256.entries)).sort(),
    near: Uint32Array.from(new Set([...pdq.entries, ...vpdq.entries])).sort(),
  };
}

/** Returns false if another manifest is wanted by now, or none: another tab was faster, or a newer one was published. */
function storeRelease(
  storage: Storage,
  wanted: StoredWanted,
  files: ReadonlyMap<Digest, ArrayBuffer>,
  entries: StoredEntries | undefined,
): Promise<boolean> {
  const { reference, manifestDigest, manifest } = wanted;
  return storage.transact(['updater', 'wanted', 'releases', 'models', 'entries', 'files'], async (tx) => {
    const current = await tx.get('wanted', reference);
    if (current?.manifestDigest !== manifestDigest) return false;
    if (current.kind === 'list') {
      const { kind: _, ...release } = current;
      await tx.put('releases', reference, release);
      if (entries) await tx.put('entries', manifest.file.sha256, entries);
    } else {
      const { kind: _, ...model } = current;
      await tx.put('models', reference, model);
    }
    for (const [digest, file] of files) await tx.put('files', digest, file);
    await tx.delete('wanted', reference);
    await deleteUnusedFiles(tx);
    await countChange(tx);
    return true;
  });
}
