/**
 * The only function that sends requests, and the only file that may call `fetch` (lint enforces it). A request is a GET
 * of signed inputs or a POST of a `SealedSignal`, never content. Each has a ledger entry. All devices send the same
 * requests: no cookies, no Referer, no conditional headers. Spec: docs/design/overview.md#data-flow
 */
import { concatBytes, LodestoneError, type Purpose } from '@lodestone/protocol';
import type { SealedSignal } from '@lodestone/seal';
import { sha256Hex } from '@lodestone/trust';
import { type LedgerWriter, REQUEST_MS } from './ledger.ts';
import type { PagePolicy } from './page-policy.ts';
import type { ByteRange } from './transfer/parts.ts';

export type EgressRequest = EgressGet | { method: 'POST'; purpose: 'signal'; url: URL; body: SealedSignal };

export interface EgressGet {
  method: 'GET';
  purpose: Exclude<Purpose, 'signal'>;
  url: URL;
  /** The longest body that is read. */
  maxBytes: number;
  /** Requests these bytes alone. A server without ranges answers 200 with the whole file, see `onBytes`. */
  range?: ByteRange;
  /** Receives the body of an answer with status 200 as it arrives, instead of the answer's `body`. */
  onBytes?: (chunk: Uint8Array) => Promise<void>;
  /** Milliseconds until the request is given up. */
  deadlineMs?: number;
  /** Gives the request up. */
  signal?: AbortSignal;
}

export interface EgressAnswer {
  status: number;
  body: Uint8Array<ArrayBuffer>;
}

/** @throws {LodestoneError} `ERR_NETWORK` if there is no answer, `ERR_NETWORK_POLICY` if the page blocks it, `ERR_SIZE` if it is longer than `maxBytes` */
export type Egress = (request: EgressRequest) => Promise<EgressAnswer>;

/** The answer to a signal has no body. */
const SIGNAL_ANSWER_BYTES = 1_024;

/** `policy`: of the page, if there is one. */
export function createEgress(ledger: LedgerWriter, stop: AbortSignal, policy?: PagePolicy): Egress {
  return async (request) => {
    const { method, purpose, url } = request;
    const body = request.method === 'POST' ? request.body : new Uint8Array(0);
    const caller = request.method === 'GET' ? request.signal : undefined;
    caller?.throwIfAborted();
    const deadlineMs = (request.method === 'GET' && request.deadlineMs) || REQUEST_MS;
    const record = {
      purpose,
      method,
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      request: { bytes: body.length, sha256: sha256Hex(body) },
    };
    const complete = await ledger.request(record, deadlineMs);
    let status = 0;
    let received = 0;
    try {
      const response = await fetch(url, {
        method,
        ...(request.method === 'POST' && { body: request.body }),
        ...(request.method === 'GET' && request.range && { headers: rangeHeader(request.range) }),
        mode: 'cors',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        redirect: 'error',
        cache: 'no-store',
        signal: AbortSignal.any([stop, AbortSignal.timeout(deadlineMs), ...(caller ? [caller] : [])]),
      });
      status = response.status;
      const chunks: Uint8Array[] = [];
      const count = (bytes: number): void => void (received += bytes);
      await readBody(response, request, count, async (chunk) => {
        if (request.method === 'GET' && request.onBytes && status === 200) await request.onBytes(chunk);
        else chunks.push(chunk);
      });
      return { status, body: concatBytes(...chunks) };
    } catch (cause) {
      if (cause instanceof LodestoneError) throw cause;
      const isBlocked = status === 0 && !stop.aborted && (await policy?.blocked(url));
      throw isBlocked ? blockedByPage(url, cause) : noAnswer(method, url, cause);
    } finally {
      await complete({ bytes: received, status });
    }
  };
}

function blockedByPage({ href, origin }: URL, cause: unknown): LodestoneError {
  return new LodestoneError(
    'ERR_NETWORK_POLICY',
    `this page's Content-Security-Policy blocks ${href}: add ${origin} to its connect-src`,
    { cause },
  );
}

function noAnswer(method: string, { href }: URL, cause: unknown): LodestoneError {
  return new LodestoneError(
    'ERR_NETWORK',
    `${method} ${href}: no answer: the device is offline, the address is wrong, or the server sends no Access-Control-Allow-Origin for ${pageOrigin()}`,
    { cause },
  );
}

/** Requests of the SDK are cross-origin reads. */
function pageOrigin(): string {
  return typeof location === 'undefined' ? 'this page' : location.origin;
}

function rangeHeader({ first, last }: ByteRange): HeadersInit {
  return { Range: `bytes=${first}-${last}` };
}

/** Passes the body on as it arrives, up to its bound. */
async function readBody(
  response: Response,
  request: EgressRequest,
  count: (bytes: number) => void,
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  const maxBytes = maxBytesOf(response.status, request);
  if (isDiscarded(response.status, request)) return response.body?.cancel();
  const reader = response.body?.getReader();
  if (!reader) return;
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    count(next.value.length);
    length += next.value.length;
    if (length > maxBytes) {
      await reader.cancel();
      throw new LodestoneError('ERR_SIZE', `${response.url}: the answer is longer than ${maxBytes} bytes`);
    }
    await take(next.value);
  }
}

function maxBytesOf(status: number, request: EgressRequest): number {
  if (request.method === 'POST') return SIGNAL_ANSWER_BYTES;
  const { range, maxBytes } = request;
  return range && status === 206 ? range.last - range.first + 1 : maxBytes;
}

/** The caller receives such an answer's status alone. */
function isDiscarded(status: number, request: EgressRequest): boolean {
  if (request.method === 'POST' || request.onBytes === undefined) return false;
  return status !== 200 && !(request.range && status === 206);
}
