/**
 * What orders name and other sources publish: lists with their manifests, files and suppressions, and the receiver's keys.
 * Flow: refresh → here → source. Promise: power is positional, and every source that must have signed a list has.
 */
import {
  type DetectionOrder,
  type Digest,
  LodestoneError,
  parseKeys,
  parseManifest,
  parseSuppression,
  type ReceiverKeys,
  splitReference,
  type TargetFile,
  type TargetPath,
  type TargetReference,
} from '@lodestone/protocol';
import { checkRelease, releaseInForce } from '@lodestone/trust';
import type { Egress } from '../egress.ts';
import type { StoredRelease } from '../records.ts';
import type { Storage } from '../storage.ts';
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
  const suppressionPath = path.replace(/[^/]+$/, 'suppression.json') as TargetPath;
  const suppressionFile = source.targets?.files.get(suppressionPath);
  if (before?.manifestDigest === manifestFile.sha256 && before.suppressionDigest === suppressionFile?.sha256)
    return before;

  const manifest = parseManifest(await fetchTarget(source, manifestFile, 'list', egress));
  if (before && manifest.version < before.manifest.version) {
    throw new LodestoneError(
      'ERR_TRUST_ROLLBACK',
      `${reference}: version ${manifest.version} after ${before.manifest.version}`,
    );
  }
  if (!releaseInForce(manifest, now()))
    throw new LodestoneError('ERR_TRUST_EXPIRED', `${reference}: ended at ${manifest.notAfter}`);
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
