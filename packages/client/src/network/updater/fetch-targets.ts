/**
 * Fetches the lists (manifest, file, suppression), models and receiver keys that orders require.
 * Flow: refresh → here → source. Promise: a source publishes only what its option allows, and every source that must
 * have signed a list has signed it. Spec: docs/design/signed-inputs.md#sources
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
  type ReceiverKeys,
  splitReference,
  suppressionPath,
  type TargetFile,
  type TargetPath,
  type TargetReference,
} from '@lodestone/protocol';
import { checkRelease, type Power, releaseInForce } from '@lodestone/trust';
import type { Egress } from '../egress.ts';
import type { StoredModel, StoredRelease } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import { fetchTarget, targetOf, type TrustedSource } from './source.ts';

export interface TargetContext {
  sources: readonly TrustedSource[];
  storage: Storage;
  egress: Egress;
  now: () => number;
  /** Files that this round fetched, by digest; they are stored when the round commits. */
  files: Map<Digest, ArrayBuffer>;
}

/** Returns `before` if neither the manifest nor the suppression has changed. */
export async function fetchRelease(
  reference: TargetReference,
  alsoBy: ReadonlySet<Name>,
  before: StoredRelease | undefined,
  context: TargetContext,
): Promise<StoredRelease> {
  const { sources, egress, now, files } = context;
  const { source: name, path } = splitReference(reference);
  const source = sourceWith('lists', name, sources, reference);
  const cosigners = [...alsoBy].map((other) => sourceWith('lists', other, sources, reference));
  const manifestFile = signedByAll(path, source, cosigners);
  const suppressionFile = source.targets?.files.get(suppressionPath(path));
  if (before?.manifestDigest === manifestFile.sha256 && before.suppressionDigest === suppressionFile?.sha256)
    return before;

  const manifest = parseManifest(await fetchTarget(source, manifestFile, 'list', egress));
  checkSuccession(manifest, before?.manifest, reference, now());
  const file = signedByAll(manifest.file.path, source, cosigners);
  checkSameFile(manifest.file, file, reference);
  const suppressed = suppressionFile
    ? parseSuppression(await fetchTarget(source, suppressionFile, 'list', egress)).entries
    : [];
  const bytes = await fileBytes(source, file, 'list', context);
  const { pdq, sha256, vpdq } = checkRelease(manifest, new Uint8Array(bytes));
  files.set(file.sha256, bytes);
  return {
    reference,
    manifest,
    manifestDigest: manifestFile.sha256 as ManifestDigest,
    ...(suppressionFile && { suppressionDigest: suppressionFile.sha256 }),
    entries: {
      exact: Uint32Array.from(sha256.entries).sort(),
      near: Uint32Array.from([...pdq.entries, ...vpdq.entries]).sort(),
      suppressed: Uint32Array.from(suppressed),
    },
  };
}

/** Returns `before` if the manifest has not changed. */
export async function fetchModel(
  reference: TargetReference,
  before: StoredModel | undefined,
  context: TargetContext,
): Promise<StoredModel> {
  const { sources, egress, now, files } = context;
  const { source: name, path } = splitReference(reference);
  const source = sourceWith('provider', name, sources, reference);
  const manifestFile = targetOf(source, path);
  if (before?.manifestDigest === manifestFile.sha256) return before;

  const manifest = parseModelManifest(await fetchTarget(source, manifestFile, 'model', egress));
  checkSuccession(manifest, before?.manifest, reference, now());
  // Both files are checked before either is fetched.
  const signed = [
    signedFile(manifest.file, LIMITS.modelBytes, source, reference),
    signedFile(manifest.runtime, LIMITS.runtimeBytes, source, reference),
  ];
  for (const file of signed) files.set(file.sha256, await fileBytes(source, file, 'model', context));
  return { reference, manifest, manifestDigest: manifestFile.sha256 as ManifestDigest };
}

export async function fetchKeys(reference: TargetReference, { sources, egress }: TargetContext): Promise<ReceiverKeys> {
  const { source: name, path } = splitReference(reference);
  const source = sourceWith('provider', name, sources, reference);
  return parseKeys(await fetchTarget(source, targetOf(source, path), 'keys', egress));
}

/** A file of this round or of storage; fetched if it is in neither. */
async function fileBytes(
  source: TrustedSource,
  file: TargetFile,
  purpose: 'list' | 'model',
  { storage, egress, files }: TargetContext,
): Promise<ArrayBuffer> {
  const stored = files.get(file.sha256) ?? (await storage.transact(['files'], (tx) => tx.get('files', file.sha256)));
  return stored ?? (await fetchTarget(source, file, purpose, egress)).buffer;
}

/** The manifest of a list or model is not older than the one before it, and has not ended. */
function checkSuccession(
  manifest: Pick<ListManifest, 'version' | 'notAfter'>,
  before: Pick<ListManifest, 'version'> | undefined,
  reference: TargetReference,
  now: number,
): void {
  if (before && manifest.version < before.version)
    throw new LodestoneError(
      'ERR_TRUST_ROLLBACK',
      `${reference}: version ${manifest.version} is older than version ${before.version}, which was accepted before`,
    );
  if (!releaseInForce(manifest, now))
    throw new LodestoneError('ERR_TRUST_EXPIRED', `${reference}: the manifest ended at ${manifest.notAfter}`);
}

/** The file that a model's manifest names: within its size limit, and signed with the same length and digest. */
function signedFile(
  named: TargetFile,
  maxBytes: number,
  source: TrustedSource,
  reference: TargetReference,
): TargetFile {
  if (named.length > maxBytes)
    throw new LodestoneError(
      'ERR_SIZE',
      `${reference}: ${named.path} has ${named.length} bytes; at most ${maxBytes} are allowed`,
    );
  const file = targetOf(source, named.path);
  checkSameFile(named, file, reference);
  return file;
}

function checkSameFile(named: TargetFile, signed: TargetFile, reference: TargetReference): void {
  if (signed.sha256 === named.sha256 && signed.length === named.length) return;
  throw new LodestoneError(
    'ERR_TRUST_DIGEST',
    `${reference}: the manifest names ${named.path} with another length or digest than the signed target has`,
  );
}

/** The host lists the source under the option that allows it to publish this. */
function sourceWith(
  power: Power,
  name: Name,
  sources: readonly TrustedSource[],
  reference: TargetReference,
): TrustedSource {
  const source = sources.find(({ config }) => config.name === name);
  if (!source || source.config.power !== power) {
    throw new LodestoneError(
      'ERR_TRUST_POWER',
      `${reference}: ${name} is not listed under authorities.${power} in the options of createGuard`,
    );
  }
  return source;
}

function signedByAll(path: TargetPath, source: TrustedSource, cosigners: readonly TrustedSource[]): TargetFile {
  const file = targetOf(source, path);
  for (const cosigner of cosigners) {
    const other = targetOf(cosigner, path);
    if (other.sha256 !== file.sha256 || other.length !== file.length) {
      throw new LodestoneError(
        'ERR_TRUST_DIGEST',
        `${path}: ${cosigner.config.name} has signed other bytes than ${source.config.name}`,
      );
    }
  }
  return file;
}
