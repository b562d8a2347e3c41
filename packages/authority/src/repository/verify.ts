/**
 * Verifies a repository as a newly installed app does, checks every target, and reports which documents are in force.
 * Flow: `lodestone-authority verify`, audits of mirrors.
 * Spec: docs/design/authority.md#publishing, docs/design/signed-inputs.md#tuf-client, TUF 1.0 §5
 */
import { equalBytes } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { parseKeys, type ReceiverKeys } from '@lodestone/protocol/keys';
import { LIMITS } from '@lodestone/protocol/limits';
import { type ModelManifest, parseModelManifest } from '@lodestone/protocol/model';
import { parseTargetPath, type TargetFile, type TargetPath } from '@lodestone/protocol/paths';
import { fromInstant } from '@lodestone/protocol/time';
import { type DetectionOrder, parseOrder } from '@lodestone/protocol/order';
import { type ListManifest, parseManifest, parseSuppression, type Suppression } from '@lodestone/protocol/release';
import {
  checkRelease,
  checkTarget,
  maxBytesOf,
  merkleRoot,
  orderState,
  type OrderState,
  refresh,
  releaseInForce,
  targetUrlPath,
  type TufGet,
} from '@lodestone/trust';
import { openRepository } from './reader.ts';

export interface VerifyOptions {
  /** A folder or an http(s) URL. */
  repository: string;
  /** The pinned `root.json`. */
  root: Uint8Array;
  now: number;
}

export interface InForce {
  versions: { targets: number; timestamp: number };
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
  const { targets } = await refresh({ state: { root }, get, now, save: () => Promise.resolve() });
  await checkPinnedRoot(get, root);
  const inForce: InForce = {
    versions: { targets: targets.version, timestamp: targets.timestampVersion },
    orders: [],
    lists: [],
    suppressions: [],
    keys: [],
    models: [],
  };
  for (const file of targets.files.values()) await addTarget(inForce, { get, now, files: targets.files }, file);
  return inForce;
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
  const bytes = await fetchTarget(context.get, file);
  const target = parseTargetPath(path);
  switch (target?.kind) {
    case 'order': {
      const order = parseOrder(bytes);
      checkName(path, order.id, target.name);
      inForce.orders.push({ path, order, state: orderState(order, context.now) });
      break;
    }
    case 'keys':
      inForce.keys.push({ path, keys: parseKeys(bytes) });
      break;
    case 'list-manifest': {
      const manifest = parseManifest(bytes);
      checkName(path, manifest.list, target.name);
      await checkListFile(context, manifest);
      inForce.lists.push({ path, manifest, inForce: releaseInForce(manifest, context.now) });
      break;
    }
    case 'suppression': {
      const suppression = parseSuppression(bytes);
      checkName(path, suppression.list, target.name);
      inForce.suppressions.push({ path, suppression });
      break;
    }
    case 'model-manifest': {
      const manifest = parseModelManifest(bytes);
      checkName(path, manifest.model, target.name);
      checkModelFile(context, manifest, 'file', LIMITS.modelBytes);
      checkModelFile(context, manifest, 'runtime', LIMITS.runtimeBytes);
      inForce.models.push({ path, manifest, inForce: context.now < fromInstant(manifest.notAfter) });
      break;
    }
    case undefined:
    case 'list-file':
    case 'model-file':
    case 'runtime':
    // These files are checked together with the manifest that names them.
  }
}

async function fetchTarget(get: TufGet, file: TargetFile): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await get(targetUrlPath(file), file.length);
  if (!bytes) throw new LodestoneError('ERR_TRUST_MISSING', `the repository has no ${targetUrlPath(file)}`);
  checkTarget(file, bytes);
  return new Uint8Array(bytes);
}

/** The name in a document must be the name in its path. */
function checkName(path: TargetPath, named: string, expected: string): void {
  if (named !== expected) throw new LodestoneError('ERR_TRUST_METADATA', `${path} contains the document of "${named}"`);
}

/** Checks that the manifest and the signed targets describe the same file. `addTarget` has checked its bytes. */
function checkModelFile({ files }: Context, manifest: ModelManifest, which: 'file' | 'runtime', most: number): void {
  const { path, length, sha256 } = manifest[which];
  const what = `model ${manifest.model}: ${which}`;
  const signed = files.get(path);
  if (signed?.sha256 !== sha256 || signed.length !== length) {
    throw new LodestoneError('ERR_TRUST_MISSING', `${what} is not a signed target`);
  }
  if (length > most) throw new LodestoneError('ERR_SIZE', `${what} has ${length} bytes, at most ${most} are allowed`);
}

async function checkListFile({ get, files }: Context, manifest: ListManifest): Promise<void> {
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
