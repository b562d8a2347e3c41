/** Records of traffic for tests. */
import type { CorpusFile } from '../src/capture/corpus.ts';
import type { SentRequest } from '../src/capture/traffic.ts';
import { createHash } from 'node:crypto';

export function request(url: string, given: Partial<SentRequest> = {}): SentRequest {
  return {
    kind: 'request',
    id: 0,
    at: 0,
    method: 'GET',
    url,
    headers: [['User-Agent', 'Test/1.0']],
    body: new Uint8Array(0),
    status: 200,
    receivedBytes: 0,
    response: undefined,
    held: undefined,
    ...given,
  };
}

/** Bytes without a pattern, the same each time. */
export function noise(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // LCG, Numerical Recipes
    return state >>> 24;
  });
}

export function file(name: string, bytes: Uint8Array, pdq: readonly Uint8Array[] = []): CorpusFile {
  const hashes = [{ name: 'SHA-256', bytes: createHash('sha256').update(bytes).digest() }];
  return { name, path: name, bytes, hashes, pdq };
}
