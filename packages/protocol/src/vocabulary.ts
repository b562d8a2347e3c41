/**
 * Closed sets, and the rules of names and addresses, without the schema library: a host's first chunk has them.
 * The schemas of the same names follow them. Spec: docs/design/contracts.md#detection-order
 */

/** Where content passes through the host app. */
export const SURFACES = ['send', 'receive', 'upload', 'profile'] as const;

/** The kind of content. The signature of its bytes determines it, never a claimed type. */
export const MEDIA = ['image', 'video', 'file'] as const;

/** The action of the host on content. */
export const ACTIONS = ['allow', 'warn', 'block'] as const;

/** Of a name of an authority, a list or an order. */
export const NAME_PATTERN: RegExp = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

/** Why the value is not a name of an authority, a list or an order. */
export function whyNotName(value: string): string | undefined {
  return NAME_PATTERN.test(value) ? undefined : 'not a name: a-z, 0-9 and inner hyphens, at most 64';
}

export const ADDRESS_CHARS = 2_000;

/** Why the value is not an https address without credentials and fragment. http is allowed on localhost only, for demos and tests. */
export function whyNotWebAddress(value: string): string | undefined {
  const url = value.length <= ADDRESS_CHARS && URL.canParse(value) ? new URL(value) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOCAL.includes(url.hostname));
  return isSafe && !url.username && !url.password && !url.hash
    ? undefined
    : 'not an https address (http is allowed on localhost only)';
}
const LOCAL = ['localhost', '127.0.0.1', '[::1]'];
