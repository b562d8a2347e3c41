/**
 * Streams a large file from a source's repository, in pieces of at most 256 KiB. Promise: bounded length, silence and time.
 * Flow: store-lists → here → authority. Spec: docs/design/receiver.md#sources.
 */
import { setImmediate } from 'node:timers/promises';
import { LodestoneError } from '@lodestone/protocol/error';

export type RepositoryStream = (path: string, maxBytes: number) => AsyncGenerator<Uint8Array>;

const PIECE_BYTES = 262_144;
const SILENCE_MS = 20_000;
const TOTAL_MS = 1_800_000;

/**
 * @param base the repository's address
 * @returns a generator that throws `ERR_NETWORK` (no answer, or silence), `ERR_HTTP` (a status) or `ERR_SIZE`. It yields
 * to the event loop after each piece
 */
export function repositoryStream(base: string): RepositoryStream {
  const root = base.endsWith('/') ? base : `${base}/`;
  return async function* stream(path, maxBytes) {
    const url = new URL(path, root);
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), SILENCE_MS);
    try {
      const signal = AbortSignal.any([silence.signal, AbortSignal.timeout(TOTAL_MS)]);
      const { ok, status, body }: Response = await fetch(url, { redirect: 'error', signal });
      if (!ok || !body) throw new LodestoneError('ERR_HTTP', `GET ${url.href}: status ${status}`);
      let length = 0;
      for await (const chunk of body as ReadableStream<Uint8Array>) {
        timer.refresh();
        length += chunk.length;
        if (length > maxBytes) throw new LodestoneError('ERR_SIZE', `GET ${url.href}: more than ${maxBytes} bytes`);
        for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
          yield chunk.subarray(at, at + PIECE_BYTES);
          await setImmediate();
        }
      }
    } catch (cause) {
      if (cause instanceof LodestoneError) throw cause;
      const why = `GET ${url.href}: no answer, or the transfer stopped; check the address and that the server runs`;
      throw new LodestoneError('ERR_NETWORK', why, { cause });
    } finally {
      clearTimeout(timer);
    }
  };
}
