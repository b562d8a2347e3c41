/** Where a repository is read from: a folder of this machine, or an address. Flow: verify → here. Bounded, no redirects. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { concatBytes } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import type { TufGet } from '@lodestone/trust';

/** @throws {LodestoneError} `ERR_REPOSITORY` for a folder without metadata; a repository's folder or its authority's will do */
export function sourceOf(repository: string): TufGet {
  if (/^https?:\/\//.test(repository))
    return (file, maxBytes) => fetchFile(new URL(file, slashed(repository)), maxBytes);
  const folder = [repository, path.join(repository, 'repository')].find((at) => existsSync(path.join(at, 'metadata')));
  if (folder === undefined) {
    throw new LodestoneError('ERR_REPOSITORY', `${repository} has no folder "metadata", so it is no repository`);
  }
  return async (file) => {
    const place = path.join(folder, file);
    return existsSync(place) ? new Uint8Array(await readFile(place)) : undefined;
  };
}

const slashed = (url: string): string => (url.endsWith('/') ? url : `${url}/`);

async function fetchFile(url: URL, maxBytes: number): Promise<Uint8Array | undefined> {
  const response = await request(url);
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  if (!response.ok) throw new LodestoneError('ERR_HTTP', `${url.href} answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body: AsyncIterable<Uint8Array> | Iterable<Uint8Array> = response.body ?? [];
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    // One byte more than allowed is enough for the caller to see that it is too long.
    if (length > maxBytes) break;
  }
  return concatBytes(...chunks);
}

async function request(url: URL): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(60_000) });
  } catch (cause) {
    throw new LodestoneError('ERR_NETWORK', `${url.href} cannot be reached`, { cause });
  }
}
