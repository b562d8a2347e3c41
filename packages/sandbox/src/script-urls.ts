/** Code as the URL that a worker is loaded from. Spec: docs/design/sandbox.md#boot, Trusted Types (W3C). */

/** The DOM library does not declare Trusted Types yet. `createScriptURL` returns an object; only the Worker constructor sees it. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL: (url: string) => string };
}

/**
 * An inlined sandbox inherits the page's `require-trusted-types-for`, so its worker URLs must come from a policy of the name that
 * pages allow. Call it once: a window can create a policy of one name a single time.
 */
export function createTrustedUrls(): (code: string) => string {
  const { trustedTypes } = self as { trustedTypes?: TrustedTypes };
  let trust = (url: string): string => url;
  try {
    const policy = trustedTypes?.createPolicy('lodestone-sandbox', { createScriptURL: (url) => url });
    if (policy) trust = (url) => policy.createScriptURL(url);
  } catch {
    // The page does not allow the name. If it does not require Trusted Types either, the plain URL works.
  }
  return (code) => trust(`data:text/javascript,${encodeURIComponent(code)}`);
}
