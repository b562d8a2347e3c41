/**
 * The documents of one source that orders require: fetches what has changed, and commits each for itself.
 * Flow: round → here → fetch-targets → commit. Promise: a document that is refused leaves the one before in place, and
 * delays no other. Spec: docs/design/signed-inputs.md#refresh-rounds
 */
import { type LodestoneError, type Name, splitReference, type TargetReference } from '@lodestone/protocol';
import type { StoredWanted } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import { commitKeys, commitManifest, commitSuppression } from './commit.ts';
import { Superseded } from './fence.ts';
import {
  fetchKeys,
  fetchListManifest,
  fetchModelManifest,
  fetchSuppression,
  missingSignature,
  type TargetContext,
} from './fetch-targets.ts';
import { orderStateAt } from './in-force.ts';
import { requiredKeys, requiredLists, requiredModels } from './requirements.ts';
import { targetOf, typedError } from './source.ts';
import type { StoredInputs } from './stored-inputs.ts';

export interface DocumentContext extends TargetContext {
  storage: Storage;
  /** The number of the round. */
  round: number;
}

/** For each target of the source that orders require: why it was refused, or undefined. */
export type DocumentErrors = ReadonlyMap<TargetReference, LodestoneError | undefined>;

/** @throws {Superseded}, or if storage fails */
export async function fetchDocuments(
  name: string,
  stored: StoredInputs,
  context: DocumentContext,
): Promise<DocumentErrors> {
  const { accepted } = stored;
  const now = context.now();
  const orders = accepted.orders
    .filter((order) => orderStateAt(order, accepted, now) !== 'ended')
    .map(({ order }) => order);
  /** A source that the host does not list has no turn of its own: every pass reports what it lacks. */
  const isOurs = (reference: TargetReference): boolean => {
    const { source } = splitReference(reference);
    return source === name || !context.sources.has(source);
  };
  const errors = new Map<TargetReference, LodestoneError | undefined>();

  for (const [reference, alsoBy] of requiredLists(orders)) {
    if (!isOurs(reference)) continue;
    // The suppression first: it must not wait for a manifest that is refused.
    const suppression = await attempt(reference, () => updateSuppression(reference, stored, context));
    const manifest = await attempt(reference, () => updateList(reference, alsoBy, stored, context));
    errors.set(reference, manifest ?? suppression);
  }
  for (const reference of requiredModels(orders).keys()) {
    if (isOurs(reference))
      errors.set(reference, await attempt(reference, () => updateModel(reference, stored, context)));
  }
  for (const reference of requiredKeys(orders)) {
    if (isOurs(reference))
      errors.set(reference, await attempt(reference, () => updateKeys(reference, stored, context)));
  }
  return errors;
}

async function attempt(
  reference: TargetReference,
  work: () => Promise<LodestoneError | void>,
): Promise<LodestoneError | undefined> {
  try {
    return (await work()) ?? undefined;
  } catch (cause) {
    if (cause instanceof Superseded) throw cause;
    return typedError(cause, reference);
  }
}

async function updateSuppression(
  reference: TargetReference,
  { records }: StoredInputs,
  context: DocumentContext,
): Promise<void> {
  const before = records.suppressions.find((one) => one.reference === reference);
  const after = await fetchSuppression(reference, before, context);
  if (after !== before) await commitSuppression(context.storage, context.round, reference, after);
}

/** Returns why some of the detect items may not use the list. */
async function updateList(
  reference: TargetReference,
  alsoBy: readonly (readonly Name[])[],
  { records }: StoredInputs,
  context: DocumentContext,
): Promise<LodestoneError | undefined> {
  const release = records.releases.find((one) => one.reference === reference);
  const wanted = await readWanted(context.storage, reference);
  const fetched = await fetchListManifest(reference, alsoBy, { release, wanted }, context);
  await commitManifest(context.storage, context.round, 'releases', fetched);
  const { source: name, path } = splitReference(reference);
  const source = context.sources.get(name);
  const file = source && targetOf(source, path);
  return file && alsoBy.map((names) => missingSignature(names, path, file, context, reference)).find(Boolean);
}

async function updateModel(
  reference: TargetReference,
  { records }: StoredInputs,
  context: DocumentContext,
): Promise<void> {
  const release = records.models.find((one) => one.reference === reference);
  const wanted = await readWanted(context.storage, reference);
  const fetched = await fetchModelManifest(reference, { release, wanted }, context);
  await commitManifest(context.storage, context.round, 'models', fetched);
}

async function updateKeys(
  reference: TargetReference,
  { records }: StoredInputs,
  context: DocumentContext,
): Promise<void> {
  const before = records.keys.find((one) => one.reference === reference);
  await commitKeys(context.storage, context.round, await fetchKeys(reference, before, context));
}

function readWanted(storage: Storage, reference: TargetReference): Promise<StoredWanted | undefined> {
  return storage.transact(['wanted'], (tx) => tx.get('wanted', reference));
}
