/**
 * Verifies a repository as a newly installed app does, checks every target, and reports which documents are in force.
 * Flow: `lodestone-authority verify`, audits of mirrors.
 * Spec: docs/design/authority.md#publishing, docs/design/signed-inputs.md#tuf-client, TUF 1.0 §5
 */
import { equalBytes } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import type { ReceiverKeys } from '@lodestone/protocol/keys';
import { LIMITS } from '@lodestone/protocol/limits';
import type { ModelManifest } from '@lodestone/protocol/model';
import type { TargetFile, TargetPath } from '@lodestone/protocol/paths';
import { fromInstant, type Instant } from '@lodestone/protocol/time';
import type { DetectionOrder } from '@lodestone/protocol/order';
import type { ListManifest, Suppression } from '@lodestone/protocol/release';
import {
  checkRelease,
  checkTarget,
  maxBytesOf,
  merkleRoot,
  orderState,
  type OrderState,
  parseMetadata,
  refresh,
  releaseInForce,
  targetUrlPath,
  type TufGet,
} from '@lodestone/trust';
import { openRepository } from './reader.ts';
import { parseTargetDocument, type TargetDocument } from './target-document.ts';

export interface VerifyOptions {
  /** A folder or an http(s) URL. */
  repository: string;
  /** The pinned `root.json`. */
  root: Uint8Array;
  now: number;
}

export interface InForce {
  versions: { targets: number; timestamp: number };
  /** The newest root, and how many of its targets keys must sign. */
  root: { version: number; threshold: number; keys: number; expires: Instant };
  orders: { path: TargetPath; order: DetectionOrder; state: OrderState }[];
  lists: { path: TargetPath; manifest: ListManifest; inForce: boolean }[];
  suppressions: { path: TargetPath; suppression: Suppression }[];
  keys: { path: TargetPath; keys: ReceiverKeys }[];
  models: { path: TargetPath; manifest: ModelManifest; inForce: boolean }[];
}

type Files = ReadonlyMap<TargetPath, TargetFile>;

/** @throws {LodestoneError} the errors of `refresh`; for a target `ERR_TRUST_DIGEST`, `ERR_TRUST_MISSING`, `ERR_TRUST_PROOF`, `ERR_SCHEMA` and others */
export async function verifyRepository({ repository, root, now }: VerifyOptions): Promise<InForce> {
  const get = openRepository(repository);
  const { state, targets } = await refresh({ state: { root }, get, now, save: () => Promise.resolve() });
  await checkPinnedRoot(get, root);
  const inForce: InForce = {
    versions: { targets: targets.version, timestamp: targets.timestampVersion },
    root: rootFacts(state.root),
    orders: [],
    lists: [],
    suppressions: [],
    keys: [],
    models: [],
  };
  for (const file of targets.files.values()) await addTarget(inForce, { get, now, files: targets.files }, file);
  return inForce;
}

function rootFacts(bytes: Uint8Array): InForce['root'] {
  const { version, expires, roles } = parseMetadata('root', bytes).signed;
  return { version, threshold: roles.targets.threshold, keys: roles.targets.keyids.length, expires };
}

/** Apps that start with an older root need every later root, so the repository must still serve the pinned one. */
async function checkPinnedRoot(get: TufGet, root: Uint8Array): Promise<void> {
  const { signed } = JSON.parse(new TextDecoder().decode(root)) as { signed: { version: number } };
  const served = await get(`metadata/${signed.version}.root.json`, maxBytesOf('root'));
  if (!served)
    throw new LodestoneError('ERR_TRUST_MISSING', `the repository has no metadata/${signed.version}.root.json`);
  if (!equalBytes(served, root)) {
    throw new LodestoneError('ERR_TRUST_DIGEST', `metadata/${signed.version}.root.json is not the pinned root`);
  }
}

interface Context {
  get: TufGet;
  now: number;
  files: Files;
}

async function addTarget(inForce: InForce, context: Context, file: TargetFile): Promise<void> {
  const { path } = file;
  const document = parseTargetDocument(path, await fetchTarget(context.get, file));
  await checkFilesOf(document, context);
  switch (document?.kind) {
    case 'order':
      inForce.orders.push({ path, order: document.order, state: orderState(document.order, context.now) });
      break;
    case 'keys':
      inForce.keys.push({ path, keys: document.keys });
      break;
    case 'list':
      inForce.lists.push({
        path,
        manifest: document.manifest,
        inForce: releaseInForce(document.manifest, context.now),
      });
      break;
    case 'suppression':
      inForce.suppressions.push({ path, suppression: document.suppression });
      break;
    case 'model':
      inForce.models.push({
        path,
        manifest: document.manifest,
        inForce: context.now < fromInstant(document.manifest.notAfter),
      });
      break;
    case undefined:
  }
}

/** Checks the files that a list's or a model's manifest names. */
export async function checkFilesOf(
  document: TargetDocument | undefined,
  context: Pick<Context, 'get' | 'files'>,
): Promise<void> {
  if (document?.kind === 'list') await checkListFile(context, document.manifest);
  if (document?.kind === 'model') {
    checkModelFile(context, document.manifest, 'file', LIMITS.modelBytes);
    checkModelFile(context, document.manifest, 'runtime', LIMITS.runtimeBytes);
  }
}

export async function fetchTarget(get: TufGet, file: TargetFile): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await get(targetUrlPath(file), file.length);
  if (!bytes) throw new LodestoneError('ERR_TRUST_MISSING', `the repository has no ${targetUrlPath(file)}`);
  checkTarget(file, bytes);
  return new Uint8Array(bytes);
}

/** Checks that the manifest and the signed targets describe the same file. `addTarget` has checked its bytes. */
function checkModelFile(
  { files }: Pick<Context, 'files'>,
  manifest: ModelManifest,
  which: 'file' | 'runtime',
  most: number,
): void {
  const { path, length, sha256 } = manifest[which];
  const what = `model ${manifest.model}: ${which}`;
  const signed = files.get(path);
  if (signed?.sha256 !== sha256 || signed.length !== length) {
    throw new LodestoneError('ERR_TRUST_MISSING', `${what} is not a signed target`);
  }
  if (length > most) throw new LodestoneError('ERR_SIZE', `${what} has ${length} bytes, at most ${most} are allowed`);
}

async function checkListFile({ get, files }: Pick<Context, 'get' | 'files'>, manifest: ListManifest): Promise<void> {
  const signed = files.get(manifest.file.path);
  if (signed?.sha256 !== manifest.file.sha256 || signed.length !== manifest.file.length) {
    throw new LodestoneError('ERR_TRUST_MISSING', `list ${manifest.list}: its file is not a signed target`);
  }
  const release = checkRelease(manifest, await fetchTarget(get, signed));
  const root = merkleRoot(release);
  if (root !== manifest.merkleRoot) {
    throw new LodestoneError(
      'ERR_TRUST_PROOF',
      `list ${manifest.list}: the Merkle root is ${root}, but the manifest has ${manifest.merkleRoot}`,
    );
  }
}
