/** Fetches from an authority's repository: bounded in bytes and time, no redirects. The rules are trust's. */
import { LodestoneError } from '@lodestone/protocol/error';
import type { TufGet } from '@lodestone/trust';
import { readAtMost } from '../bounded-read.ts';

const TIMEOUT_MS = 20_000;

/**
 * @param base the repository's address
 * @returns throws `ERR_NETWORK` where no answer comes, `ERR_HTTP` for an unexpected status, `ERR_SIZE` over the bound
 */
export function repositoryGet(base: string): TufGet {
  const root = base.endsWith('/') ? base : `${base}/`;
  return async (path, maxBytes) => {
    const url = new URL(path, root);
    const response = await answerOf(url);
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

async function answerOf(url: URL): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (cause) {
    throw new LodestoneError('ERR_NETWORK', `GET ${url.href}: no answer`, { cause });
  }
}
