/**
 * Reads one mirror as a new app does: the TUF workflow from the pinned root, then every list with its file, digest and Merkle
 * root recalculated. Flow: an address or a folder → here → run.ts. Spec: docs/design/signed-inputs.md#tuf-client
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { concatBytes } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Release } from '@lodestone/protocol/list-file';
import type { ManifestDigest } from '@lodestone/protocol/digest';
import { parseTargetPath, suppressionPath, type TargetFile, type TargetPath } from '@lodestone/protocol/paths';
import { type ListManifest, parseManifest, parseSuppression } from '@lodestone/protocol/release';
import {
  checkRelease,
  checkTarget,
  merkleRoot,
  refresh,
  releaseInForce,
  targetUrlPath,
  type TufGet,
} from '@lodestone/trust';

export interface Mirror {
  url: string;
  versions: { targets: number; timestamp: number };
  /** Every signed file, including orders and keys: path and digest. */
  files: ReadonlyMap<TargetPath, TargetFile>;
  lists: readonly MirroredList[];
}

export interface MirroredList {
  path: TargetPath;
  /** Digest of the signed manifest, which a signal names. */
  manifestSha256: ManifestDigest;
  manifest: ListManifest;
  inForce: boolean;
  suppressed: readonly number[];
  release: Release;
}

/** @throws {LodestoneError} the codes of `refresh`, and `ERR_TRUST_DIGEST`, `ERR_TRUST_MISSING`, `ERR_TRUST_PROOF`, … */
export async function readMirror(url: string, root: Uint8Array, now: number): Promise<Mirror> {
  const get = sourceOf(url);
  const { targets } = await refresh({ state: { root }, get, now, save: () => Promise.resolve() });
  const { files } = targets;
  const lists: MirroredList[] = [];
  for (const file of files.values()) {
    if (parseTargetPath(file.path)?.kind === 'list-manifest') lists.push(await readList(get, files, file, now));
  }
  return { url, versions: { targets: targets.version, timestamp: targets.timestampVersion }, files, lists };
}

async function readList(get: TufGet, files: Mirror['files'], signed: TargetFile, now: number): Promise<MirroredList> {
  const manifest = parseManifest(await fetchTarget(get, signed));
  const file = files.get(manifest.file.path);
  if (file?.sha256 !== manifest.file.sha256 || file.length !== manifest.file.length)
    throw new LodestoneError('ERR_TRUST_MISSING', `list ${manifest.list}: its file is not a signed target`);
  const release = checkRelease(manifest, await fetchTarget(get, file));
  const calculated = merkleRoot(release);
  if (calculated !== manifest.merkleRoot) {
    throw new LodestoneError(
      'ERR_TRUST_PROOF',
      `list ${manifest.list}: its Merkle root is ${calculated}, but the manifest has ${manifest.merkleRoot}`,
    );
  }
  const suppression = files.get(suppressionPath(signed.path));
  return {
    path: signed.path,
    manifestSha256: signed.sha256 as ManifestDigest,
    manifest,
    inForce: releaseInForce(manifest, now),
    suppressed: suppression ? parseSuppression(await fetchTarget(get, suppression)).entries : [],
    release,
  };
}

async function fetchTarget(get: TufGet, file: TargetFile): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await get(targetUrlPath(file), file.length);
  if (!bytes) throw new LodestoneError('ERR_TRUST_MISSING', `the mirror has no ${targetUrlPath(file)}`);
  checkTarget(file, bytes);
  return new Uint8Array(bytes);
}

function sourceOf(url: string): TufGet {
  if (/^https?:\/\//.test(url)) {
    const base = url.endsWith('/') ? url : `${url}/`;
    return (file, maxBytes) => fetchFile(new URL(file, base), maxBytes);
  }
  if (!existsSync(path.join(url, 'metadata')))
    throw new LodestoneError('ERR_USAGE', `${url} is neither an http(s) address nor a folder that contains "metadata"`);
  return async (file) => {
    const place = path.join(url, file);
    return existsSync(place) ? new Uint8Array(await readFile(place)) : undefined;
  };
}

/** As an app requests it: no cookies, no redirect. */
async function fetchFile(url: URL, maxBytes: number): Promise<Uint8Array | undefined> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(60_000) }).catch(
    (cause: unknown) => {
      throw new LodestoneError('ERR_NETWORK', `${url.href} cannot be reached`, { cause });
    },
  );
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  if (!response.ok) throw new LodestoneError('ERR_HTTP', `${url.href} returned status ${response.status}`);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    length += chunk.length;
    // One byte too many is enough for the caller to refuse the file.
    if (length > maxBytes) break;
  }
  return concatBytes(...chunks);
}
