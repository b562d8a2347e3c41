/** Reads the files of a repository from a local folder or a URL, with size limits and without redirects. Flow: verify, publish → here. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { concatBytes } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import type { TufGet } from '@lodestone/trust';

/** Accepts a repository or the folder of its authority. @throws {LodestoneError} `ERR_REPOSITORY` for a folder without metadata */
export function openRepository(repository: string): TufGet {
  if (/^https?:\/\//.test(repository))
    return (file, maxBytes) => fetchFile(new URL(file, slashed(repository)), maxBytes);
  const folder = [repository, path.join(repository, 'repository')].find((at) => existsSync(path.join(at, 'metadata')));
  if (folder === undefined) {
    throw new LodestoneError('ERR_REPOSITORY', `${repository} is not a repository: it has no folder "metadata"`);
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
    // One byte over the limit is enough: the caller compares the length.
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
