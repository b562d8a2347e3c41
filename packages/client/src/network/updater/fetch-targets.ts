/**
 * Fetches the documents that orders require of one source: manifests of lists and models, suppressions, receiver keys.
 * The files that a manifest names are left to transfers.
 * Flow: round → here → source, commit. Promise: a source publishes only what its option allows, and no document replaces a
 * newer one. Spec: docs/design/signed-inputs.md#sources
 */
import {
  type Digest,
  type ManifestDigest,
  LIMITS,
  type ListManifest,
  LodestoneError,
  type Name,
  parseKeys,
  parseManifest,
  parseModelManifest,
  parseSuppression,
  splitReference,
  suppressionPath,
  type TargetFile,
  type TargetPath,
  type TargetReference,
} from '@lodestone/protocol';
import { type Power, releaseInForce } from '@lodestone/trust';
import type {
  SignedBy,
  StoredKeys,
  StoredModel,
  StoredRelease,
  StoredSuppression,
  StoredWanted,
} from '../storage/records.ts';
import { fetchTarget, type RoundSource, targetOf } from './source.ts';

export interface TargetContext {
  /** Every configured source, as far as the round has refreshed it. */
  sources: ReadonlyMap<string, RoundSource>;
  /** Documents that this round has requested, by digest. */
  fetched: Map<Digest, Promise<Uint8Array<ArrayBuffer>>>;
  now: () => number;
}

/** What is stored of a list or model: the release in use, and a newer manifest whose files are still to be fetched. */
interface Before<T> {
  release: T | undefined;
  wanted: StoredWanted | undefined;
}

/** The manifest that the source publishes now. `isNew`: its files are still to be fetched. */
export interface FetchedManifest<T> {
  stored: T;
  isNew: boolean;
}

/**
 * @param alsoBy for each detect item, the authorities that must have signed the list, too
 * @throws {LodestoneError} if no detect item could use the list
 */
export async function fetchListManifest(
  reference: TargetReference,
  alsoBy: readonly (readonly Name[])[],
  before: Before<StoredRelease>,
  context: TargetContext,
): Promise<FetchedManifest<StoredRelease>> {
  const { source: name, path } = splitReference(reference);
  const source = sourceWith('lists', name, context, reference);
  const file = targetOf(source, path);
  const signedBy = signersOf(path, file, 'lists', context);
  checkUsable(alsoBy, path, file, context, reference);
  const known = knownManifest(file, before);
  if (known) return { ...known, stored: { ...known.stored, signedBy } };

  const manifest = parseManifest(await fetchOnce(source, file, 'list', context));
  checkSuccession(manifest, lowerBound(source, before), reference, context.now());
  checkNature(manifest, before, reference);
  checkSameFile(manifest.file, targetOf(source, manifest.file.path), reference);
  return { stored: { reference, manifest, ...provenance(source, file, signedBy) }, isNew: true };
}

export async function fetchModelManifest(
  reference: TargetReference,
  before: Before<StoredModel>,
  context: TargetContext,
): Promise<FetchedManifest<StoredModel>> {
  const { source: name, path } = splitReference(reference);
  const source = sourceWith('provider', name, context, reference);
  const file = targetOf(source, path);
  const signedBy = signersOf(path, file, 'provider', context);
  const known = knownManifest(file, before);
  if (known) return { ...known, stored: { ...known.stored, signedBy } };

  const manifest = parseModelManifest(await fetchOnce(source, file, 'model', context));
  checkSuccession(manifest, lowerBound(source, before), reference, context.now());
  checkModelFile(manifest.file, LIMITS.modelBytes, source, reference);
  checkModelFile(manifest.runtime, LIMITS.runtimeBytes, source, reference);
  return { stored: { reference, manifest, ...provenance(source, file, signedBy) }, isNew: true };
}

/** Returns `before` if the suppression has not changed, and undefined if there is none (any more). */
export async function fetchSuppression(
  reference: TargetReference,
  before: StoredSuppression | undefined,
  context: TargetContext,
): Promise<StoredSuppression | undefined> {
  const { source: name, path } = splitReference(reference);
  const source = sourceWith('lists', name, context, reference);
  const file = source.trusted?.targets?.files.get(suppressionPath(path));
  if (!file || file.sha256 === before?.digest) return file && before;
  const { entries } = parseSuppression(await fetchOnce(source, file, 'list', context));
  return { reference, digest: file.sha256, entries: Uint32Array.from(entries) };
}

export async function fetchKeys(
  reference: TargetReference,
  before: StoredKeys | undefined,
  context: TargetContext,
): Promise<StoredKeys> {
  const { source: name, path } = splitReference(reference);
  const source = sourceWith('provider', name, context, reference);
  const file = targetOf(source, path);
  const isKnown = before?.digest === file.sha256;
  const keys = isKnown ? before.keys : parseKeys(await fetchOnce(source, file, 'keys', context));
  return { reference, keys, digest: file.sha256, signedBy: signersOf(path, file, 'provider', context) };
}

/** The bytes of a document. A later pass of the round does not request it again. */
function fetchOnce(
  source: RoundSource,
  file: TargetFile,
  purpose: 'list' | 'model' | 'keys',
  { fetched }: TargetContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const earlier = fetched.get(file.sha256);
  if (earlier) return earlier;
  const bytes = fetchTarget(source, file, purpose);
  fetched.set(file.sha256, bytes);
  return bytes;
}

/** The release or wanted manifest with these bytes, if one is stored. */
function knownManifest<T extends StoredRelease | StoredModel>(
  file: TargetFile,
  { release, wanted }: Before<T>,
): FetchedManifest<T> | undefined {
  if (release?.manifestDigest === file.sha256) return { stored: release, isNew: false };
  if (wanted?.manifestDigest !== file.sha256) return undefined;
  const { kind: _, ...stored } = wanted;
  return { stored: stored as unknown as T, isNew: true };
}

function provenance(
  { trusted }: RoundSource,
  file: TargetFile,
  signedBy: readonly SignedBy[],
): { manifestDigest: ManifestDigest; signedBy: readonly SignedBy[]; keysSince: Digest } {
  const keysSince = trusted?.targets?.keysSince;
  if (!keysSince) throw new LodestoneError('ERR_TRUST_MISSING', `${file.path}: its source has no targets`);
  return { manifestDigest: file.sha256 as ManifestDigest, signedBy, keysSince };
}

/** The version below which no manifest is accepted. Versions begin again after a root that changes the targets keys. */
function lowerBound(
  { trusted }: RoundSource,
  { release, wanted }: Before<StoredRelease | StoredModel>,
): number | undefined {
  const versions = [release, wanted].flatMap((one) =>
    one && one.keysSince === trusted?.targets?.keysSince ? [one.manifest.version] : [],
  );
  return versions.length > 0 ? Math.max(...versions) : undefined;
}

function checkSuccession(
  manifest: Pick<ListManifest, 'version' | 'notAfter'>,
  lowest: number | undefined,
  reference: TargetReference,
  now: number,
): void {
  if (lowest !== undefined && manifest.version < lowest)
    throw new LodestoneError(
      'ERR_TRUST_ROLLBACK',
      `${reference}: version ${manifest.version} is older than version ${lowest}, which was accepted before`,
    );
  if (!releaseInForce(manifest, now))
    throw new LodestoneError('ERR_TRUST_EXPIRED', `${reference}: the manifest ended at ${manifest.notAfter}`);
}

/**
 * A list keeps its purpose and its form under one name: a list of a platform's own rules cannot become one that signals, and one that finds
 * fewer copies, because it is locked, cannot become one that finds more. Another name needs a wider order, which is announced.
 */
function checkNature(
  manifest: ListManifest,
  { release, wanted }: Before<StoredRelease>,
  reference: TargetReference,
): void {
  const is = natureOf(manifest);
  for (const before of [release, wanted]) {
    const was = before && 'purpose' in before.manifest ? natureOf(before.manifest) : is;
    if (was !== is)
      throw new LodestoneError(
        'ERR_TRUST_PURPOSE',
        `${reference}: it was "${was}" and is now "${is}"; that needs another list name`,
      );
  }
}

function natureOf({ purpose, form }: ListManifest): string {
  return `${purpose}, ${form ?? 'plain'}`;
}

/** The file that a model's manifest names: within its size limit, and signed with the same length and digest. */
function checkModelFile(named: TargetFile, maxBytes: number, source: RoundSource, reference: TargetReference): void {
  if (named.length > maxBytes)
    throw new LodestoneError(
      'ERR_SIZE',
      `${reference}: ${named.path} has ${named.length} bytes; at most ${maxBytes} are allowed`,
    );
  checkSameFile(named, targetOf(source, named.path), reference);
}

function checkSameFile(named: TargetFile, signed: TargetFile, reference: TargetReference): void {
  if (named.sha256 === signed.sha256 && named.length === signed.length) return;
  throw new LodestoneError(
    'ERR_TRUST_DIGEST',
    `${reference}: the manifest names ${named.path} with another length or digest than the signed target has`,
  );
}

/** The host lists the source under the option that allows it to publish this. */
function sourceWith(power: Power, name: Name, { sources }: TargetContext, reference: TargetReference): RoundSource {
  const source = sources.get(name);
  if (source?.config.power !== power) {
    throw new LodestoneError(
      'ERR_TRUST_POWER',
      `${reference}: ${name} is not listed under authorities.${power} in the options of createGuard`,
    );
  }
  return source;
}

/** Every source of this power that has signed the same path with the same bytes. */
function signersOf(path: TargetPath, file: TargetFile, power: Power, { sources }: TargetContext): SignedBy[] {
  return [...sources.values()].flatMap(({ config, trusted }): SignedBy[] => {
    const signed = trusted?.targets?.files.get(path);
    if (config.power !== power || signed?.sha256 !== file.sha256 || signed.length !== file.length) return [];
    return [{ source: config.name as Name, signers: trusted?.signers ?? [] }];
  });
}

/** A list that lacks a signature for every detect item is not fetched. */
function checkUsable(
  alsoBy: readonly (readonly Name[])[],
  path: TargetPath,
  file: TargetFile,
  context: TargetContext,
  reference: TargetReference,
): void {
  const errors = alsoBy.map((names) => missingSignature(names, path, file, context, reference));
  const [first] = errors;
  if (first && errors.every((error) => error !== undefined)) throw first;
}

/** Why a detect item may not use the list; undefined if every authority that it demands has signed. */
export function missingSignature(
  names: readonly Name[],
  path: TargetPath,
  file: TargetFile,
  context: TargetContext,
  reference: TargetReference,
): LodestoneError | undefined {
  for (const name of names) {
    try {
      const other = targetOf(sourceWith('lists', name, context, reference), path);
      if (other.sha256 === file.sha256 && other.length === file.length) continue;
      return new LodestoneError('ERR_TRUST_DIGEST', `${path}: ${name} has signed other bytes than the list's source`);
    } catch (error) {
      if (error instanceof LodestoneError) return error;
      throw error;
    }
  }
  return undefined;
}
