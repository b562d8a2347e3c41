/**
 * Fetches files from a source's repository with bounded size and time, and without redirects.
 * Flow: refresh → here → authority. Spec: docs/design/receiver.md#sources.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { TufGet } from '@lodestone/trust';
import { readAtMost } from '../bounded-read.ts';

const TIMEOUT_MS = 20_000;

/**
 * @param base the repository's address
 * @returns a function that resolves to undefined for a 404 and throws `ERR_NETWORK` (no answer), `ERR_HTTP` (another
 * status) or `ERR_SIZE` (too many bytes)
 */
export function repositoryGet(base: string): TufGet {
  const root = base.endsWith('/') ? base : `${base}/`;
  return async (path, maxBytes) => {
    const url = new URL(path, root);
    const response = await request(url);
    if (response.status === 404) {
      await response.body?.cancel();
      return undefined;
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw new LodestoneError('ERR_HTTP', `GET ${url.href}: status ${response.status}`);
    }
    const bytes = await readAtMost(response.body, maxBytes);
    if (!bytes) throw new LodestoneError('ERR_SIZE', `GET ${url.href}: more than ${maxBytes} bytes`);
    return bytes;
  };
}

async function request(url: URL): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (cause) {
    throw new LodestoneError('ERR_NETWORK', `GET ${url.href}: no answer; check the address and that the server runs`, {
      cause,
    });
  }
}
