/**
 * What orders name and other sources publish: lists with their manifests, files and suppressions, models, and the
 * receiver's keys.
 * Flow: refresh → here → source. Promise: power is positional, and every source that must have signed a list has.
 */
import {
  type DetectionOrder,
  type Digest,
  LIMITS,
  type ListManifest,
  LodestoneError,
  parseKeys,
  parseManifest,
  parseModelManifest,
  parseSuppression,
  type ReceiverKeys,
  splitReference,
  suppressionPath,
  type TargetFile,
  type TargetPath,
  type TargetReference,
} from '@lodestone/protocol';
import { checkRelease, releaseInForce } from '@lodestone/trust';
import type { Egress } from '../egress.ts';
import type { StoredModel, StoredRelease } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import { fetchTarget, type SourceConfig, targetOf, type TrustedSource } from './source.ts';

export interface NamedContext {
  storage: Storage;
  egress: Egress;
  now: () => number;
}

/** Each list that an order names, with every source that must have signed it too. */
export function listsOf(orders: readonly DetectionOrder[]): Map<TargetReference, Set<string>> {
  const lists = new Map<TargetReference, Set<string>>();
  for (const detect of orders.flatMap((order) => order.detect)) {
    if (detect.kind !== 'known') continue;
    const alsoBy = lists.get(detect.list) ?? new Set();
    for (const name of detect.alsoBy) alsoBy.add(name);
    lists.set(detect.list, alsoBy);
  }
  return lists;
}

export async function fetchRelease(
  reference: TargetReference,
  alsoBy: ReadonlySet<string>,
  before: StoredRelease | undefined,
  sources: readonly TrustedSource[],
  { egress, storage, now }: NamedContext,
  files: Map<Digest, ArrayBuffer>,
): Promise<StoredRelease> {
  const { source: name, path } = splitReference(reference);
  const source = sourceWith('lists', name, sources, reference);
  const witnesses = [...alsoBy].map((other) => sourceWith('lists', other, sources, reference));
  const manifestFile = signedByAll(path, source, witnesses);
  const suppressionFile = source.targets?.files.get(suppressionPath(path));
  if (before?.manifestDigest === manifestFile.sha256 && before.suppressionDigest === suppressionFile?.sha256)
    return before;

  const manifest = parseManifest(await fetchTarget(source, manifestFile, 'list', egress));
  checkFollows(manifest, before?.manifest, reference, now());
  const file = signedByAll(manifest.file.path, source, witnesses);
  if (file.sha256 !== manifest.file.sha256 || file.length !== manifest.file.length) {
    throw new LodestoneError(
      'ERR_TRUST_DIGEST',
      `${reference}: the manifest names another file than the one that is signed`,
    );
  }
  const suppressed = suppressionFile
    ? parseSuppression(await fetchTarget(source, suppressionFile, 'list', egress)).entries
    : [];
  const kept = await storage.transact(['files'], (tx) => tx.get('files', file.sha256));
  const bytes = kept ? new Uint8Array(kept) : await fetchTarget(source, file, 'list', egress);
  const release = checkRelease(manifest, bytes);
  files.set(file.sha256, bytes.buffer);
  const entries = new Set([...release.pdq.entries, ...release.sha256.entries, ...release.vpdq.entries]);
  return {
    reference,
    manifest,
    manifestDigest: manifestFile.sha256,
    ...(suppressionFile && { suppressionDigest: suppressionFile.sha256 }),
    entries: Uint32Array.from(entries).sort(),
    suppressed: Uint32Array.from(suppressed),
  };
}

/** Each model that an order names, and whether one wants to signal by it. */
export function modelsOf(orders: readonly DetectionOrder[]): Map<TargetReference, { signals: boolean }> {
  const models = new Map<TargetReference, { signals: boolean }>();
  for (const detect of orders.flatMap((order) => order.detect)) {
    if (detect.kind !== 'classifier') continue;
    const signals = models.get(detect.model)?.signals === true || detect.signal !== undefined;
    models.set(detect.model, { signals });
  }
  return models;
}

export async function fetchModel(
  reference: TargetReference,
  before: StoredModel | undefined,
  sources: readonly TrustedSource[],
  { egress, storage, now }: NamedContext,
  files: Map<Digest, ArrayBuffer>,
): Promise<StoredModel> {
  const { source: name, path } = splitReference(reference);
  const source = sourceWith('provider', name, sources, reference);
  const manifestFile = targetOf(source, path);
  if (before?.manifestDigest === manifestFile.sha256) return before;

  const manifest = parseModelManifest(await fetchTarget(source, manifestFile, 'model', egress));
  checkFollows(manifest, before?.manifest, reference, now());
  const both = [
    signedAs(manifest.file, LIMITS.modelBytes, source, reference),
    signedAs(manifest.runtime, LIMITS.runtimeBytes, source, reference),
  ];
  for (const file of both) {
    const kept = files.get(file.sha256) ?? (await storage.transact(['files'], (tx) => tx.get('files', file.sha256)));
    files.set(file.sha256, kept ?? (await fetchTarget(source, file, 'model', egress)).buffer);
  }
  return { reference, manifest, manifestDigest: manifestFile.sha256 };
}

/** A list's or a model's manifest is no older than the one before, and has not ended. */
function checkFollows(
  manifest: Pick<ListManifest, 'version' | 'notAfter'>,
  before: Pick<ListManifest, 'version'> | undefined,
  reference: TargetReference,
  now: number,
): void {
  if (before && manifest.version < before.version)
    throw new LodestoneError('ERR_TRUST_ROLLBACK', `${reference}: version ${manifest.version} after ${before.version}`);
  if (!releaseInForce(manifest, now))
    throw new LodestoneError('ERR_TRUST_EXPIRED', `${reference}: ended at ${manifest.notAfter}`);
}

/** The file that a model's manifest names: not too large, and the one that is signed. Both are looked at before one is fetched. */
function signedAs(named: TargetFile, most: number, source: TrustedSource, reference: TargetReference): TargetFile {
  if (named.length > most)
    throw new LodestoneError(
      'ERR_SIZE',
      `${reference}: ${named.path} has ${named.length} bytes, at most ${most} are allowed`,
    );
  const file = targetOf(source, named.path);
  if (file.sha256 !== named.sha256 || file.length !== named.length) {
    throw new LodestoneError(
      'ERR_TRUST_DIGEST',
      `${reference}: the manifest names another ${named.path} than the one that is signed`,
    );
  }
  return file;
}

export async function fetchKeys(
  reference: TargetReference,
  sources: readonly TrustedSource[],
  { egress }: NamedContext,
): Promise<ReceiverKeys> {
  const { source: name, path } = splitReference(reference);
  const source = sourceWith('provider', name, sources, reference);
  return parseKeys(await fetchTarget(source, targetOf(source, path), 'keys', egress));
}

/** Power is positional: the name must stand where the host put sources of that power. */
function sourceWith(
  power: SourceConfig['power'],
  name: string,
  sources: readonly TrustedSource[],
  reference: string,
): TrustedSource {
  const source = sources.find(({ config }) => config.name === name);
  if (!source || source.config.power !== power) {
    throw new LodestoneError('ERR_TRUST_POWER', `${reference}: ${name} is not among this app's sources of ${power}`);
  }
  return source;
}

function signedByAll(path: TargetPath, source: TrustedSource, witnesses: readonly TrustedSource[]): TargetFile {
  const file = targetOf(source, path);
  for (const witness of witnesses) {
    const theirs = targetOf(witness, path);
    if (theirs.sha256 !== file.sha256 || theirs.length !== file.length) {
      throw new LodestoneError(
        'ERR_TRUST_DIGEST',
        `${path}: ${witness.config.name} has signed other bytes than ${source.config.name}`,
      );
    }
  }
  return file;
}
