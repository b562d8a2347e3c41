/**
 * The one function through which every request of the SDK leaves, and the only file that may call `fetch` (a check holds
 * it). A GET of signed inputs, or a POST of a `SealedSignal`: content has no way to be either. Each leaves a ledger entry.
 * Requests are the same for everybody: no cookies, no referrer, no cache validators. Spec: DESIGN §1, §5.
 */
import { LodestoneError, type Purpose } from '@lodestone/protocol';
import type { SealedSignal } from '@lodestone/seal';
import { sha256Hex } from '@lodestone/trust';
import { type LedgerWriter, REQUEST_MS } from './ledger.ts';

export type EgressRequest =
  | { method: 'GET'; purpose: Exclude<Purpose, 'signal'>; url: URL; maxBytes: number }
  | { method: 'POST'; purpose: 'signal'; url: URL; body: SealedSignal };

export interface EgressAnswer {
  status: number;
  body: Uint8Array<ArrayBuffer>;
}

/** @throws {LodestoneError} `ERR_NETWORK` where no answer came, `ERR_SIZE` where it was longer than `maxBytes` */
export type Egress = (request: EgressRequest) => Promise<EgressAnswer>;

/** An answer to a signal has no body that we read. */
const SIGNAL_ANSWER_BYTES = 1_024;

export function createEgress(ledger: LedgerWriter, stop: AbortSignal): Egress {
  return async (request) => {
    const { method, purpose, url } = request;
    const body = request.method === 'POST' ? request.body : new Uint8Array(0);
    const written = await ledger.request({
      purpose,
      method,
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      request: { bytes: body.length, sha256: sha256Hex(body) },
    });
    let status = 0;
    let received = 0;
    try {
      const response = await fetch(url, {
        method,
        ...(request.method === 'POST' && { body: request.body }),
        mode: 'cors',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        redirect: 'error',
        cache: 'no-store',
        signal: AbortSignal.any([stop, AbortSignal.timeout(REQUEST_MS)]),
      });
      status = response.status;
      const maxBytes = request.method === 'GET' ? request.maxBytes : SIGNAL_ANSWER_BYTES;
      const answer = await readBounded(response, maxBytes, (bytes) => (received += bytes));
      return { status, body: answer };
    } catch (cause) {
      if (cause instanceof LodestoneError) throw cause;
      throw new LodestoneError('ERR_NETWORK', `${method} ${url.href}: no answer`, { cause });
    } finally {
      await written({ bytes: received, status });
    }
  };
}

async function readBounded(
  response: Response,
  maxBytes: number,
  count: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  if (!reader) return new Uint8Array(0);
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    count(next.value.length);
    length += next.value.length;
    if (length > maxBytes) {
      await reader.cancel();
      throw new LodestoneError('ERR_SIZE', `${response.url}: longer than ${maxBytes} bytes`);
    }
    chunks.push(next.value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
