/**
 * Headers that a browser sets by itself on the SDK's requests, with their allowed values. A ledger entry does not explain a
 * request with any other header. Flow: explain.ts, claims → here. Spec: docs/design/signed-inputs.md#refresh-rounds
 */

import { LIMITS } from '@lodestone/protocol/limits';

/** In lower case. `differingHeaders` compares their values over the session. */
const CONSTANT = [
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'connection',
  'dnt',
  'origin',
  'pragma',
  'priority',
  'proxy-connection',
  'sec-ch-ua',
  'sec-ch-ua-mobile',
  'sec-ch-ua-platform',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-storage-access',
  'sec-gpc',
  'te',
  'user-agent',
];
/** Determined by the request itself. */
const FOLLOWING: Readonly<Record<string, Pick<RegExp, 'test'>>> = {
  host: /^[^\s]+$/,
  'content-length': /^\d+$/,
  range: { test: isPartOfFile },
  ':method': /^(?:GET|POST)$/,
  ':authority': /^[^\s]+$/,
  ':scheme': /^https?$/,
  ':path': /^\//,
};

/** Files are requested in parts at multiples of 1 MiB, so a range tells nothing about the device. Only a file's last part is shorter. */
function isPartOfFile(value: string): boolean {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(value) ?? [];
  if (first === undefined) return false;
  const bytes = Number(last) - Number(first) + 1;
  return Number(first) % LIMITS.partBytes === 0 && bytes >= 1 && bytes <= LIMITS.partBytes;
}

type Headers = readonly (readonly [name: string, value: string])[];

/** The first header that a browser does not set by itself. */
export function unexpectedHeader(headers: Headers): string | undefined {
  const unexpected = headers.find(([name, value]) => {
    const known = name.toLowerCase();
    return !CONSTANT.includes(known) && !FOLLOWING[known]?.test(value);
  });
  return unexpected && `the header ${unexpected[0]}: ${unexpected[1]}`;
}

/** Headers whose values differ between requests: names and values. */
export function differingHeaders(
  requests: readonly { method: string; headers: Headers }[],
): { name: string; values: string[] }[] {
  const values = new Map<string, Set<string>>();
  for (const { method, headers } of requests) {
    const hasRange = headers.some(([name]) => name.toLowerCase() === 'range');
    for (const [name, value] of headers) {
      const key = name.toLowerCase();
      // `sec-fetch-site` depends on the destination.
      if (!CONSTANT.includes(key) || key === 'sec-fetch-site') continue;
      // A browser asks for the bytes of a range as they are (Fetch, HTTP-network-or-cache fetch, step on `Range`).
      if (hasRange && key === 'accept-encoding' && value === 'identity') continue;
      const of = `${method} ${key}`;
      values.set(of, (values.get(of) ?? new Set()).add(value));
    }
  }
  return [...values].flatMap(([name, all]) => (all.size > 1 ? [{ name, values: [...all] }] : []));
}
