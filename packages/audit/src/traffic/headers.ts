/**
 * Which headers a browser sets by itself on a request of the SDK, and what their values may be. Anything else in a request
 * that a ledger explains is not explained. Promise: two devices of one browser version send the same. Spec: DESIGN §5.
 */

/** By name in small letters; the value is compared over a whole session by `differing`. */
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
/** Follow from the request itself. */
const FOLLOWING: Readonly<Record<string, RegExp>> = {
  host: /^[^\s]+$/,
  'content-length': /^\d+$/,
  // A list's file in pieces.
  range: /^bytes=\d+-\d*$/,
  ':method': /^(?:GET|POST)$/,
  ':authority': /^[^\s]+$/,
  ':scheme': /^https?$/,
  ':path': /^\//,
};

type Headers = readonly (readonly [name: string, value: string])[];

/** The first header that a browser does not set by itself, with its value. */
export function unexpectedHeader(headers: Headers): string | undefined {
  const odd = headers.find(([name, value]) => {
    const known = name.toLowerCase();
    return !CONSTANT.includes(known) && !FOLLOWING[known]?.test(value);
  });
  return odd && `the header ${odd[0]}: ${odd[1]}`;
}

/** Headers that should be the same on each of these requests and are not: name and values. */
export function differingHeaders(
  requests: readonly { method: string; headers: Headers }[],
): { name: string; values: string[] }[] {
  const values = new Map<string, Set<string>>();
  for (const { method, headers } of requests) {
    for (const [name, value] of headers) {
      const key = name.toLowerCase();
      // Where a request goes decides `sec-fetch-site` and, with GET, whether there is an `origin`.
      if (!CONSTANT.includes(key) || key === 'sec-fetch-site') continue;
      const of = `${method} ${key}`;
      values.set(of, (values.get(of) ?? new Set()).add(value));
    }
  }
  return [...values].flatMap(([name, all]) => (all.size > 1 ? [{ name, values: [...all] }] : []));
}
