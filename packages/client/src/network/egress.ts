/**
 * The only function that sends requests, and the only file that may call `fetch` (lint enforces it). A request is a GET
 * of signed inputs or a POST of a `SealedSignal`, never content. Each has a ledger entry. All devices send the same
 * requests: no cookies, no Referer, no conditional headers. Spec: docs/design/overview.md#data-flow
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

/** @throws {LodestoneError} `ERR_NETWORK` if there is no answer, `ERR_SIZE` if it is longer than `maxBytes` */
export type Egress = (request: EgressRequest) => Promise<EgressAnswer>;

/** The answer to a signal has no body. */
const SIGNAL_ANSWER_BYTES = 1_024;

export function createEgress(ledger: LedgerWriter, stop: AbortSignal): Egress {
  return async (request) => {
    const { method, purpose, url } = request;
    const body = request.method === 'POST' ? request.body : new Uint8Array(0);
    const complete = await ledger.request({
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
      return { status, body: await readBounded(response, maxBytes, (bytes) => (received += bytes)) };
    } catch (cause) {
      if (cause instanceof LodestoneError) throw cause;
      throw new LodestoneError(
        'ERR_NETWORK',
        `${method} ${url.href}: no answer; the device is offline, the address is wrong, or the server refuses this origin (CORS)`,
        { cause },
      );
    } finally {
      await complete({ bytes: received, status });
    }
  };
}

async function readBounded(
  response: Response,
  maxBytes: number,
  onBytes: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  if (!reader) return new Uint8Array(0);
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    onBytes(next.value.length);
    length += next.value.length;
    if (length > maxBytes) {
      await reader.cancel();
      throw new LodestoneError('ERR_SIZE', `${response.url}: the answer is longer than ${maxBytes} bytes`);
    }
    chunks.push(next.value);
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}
