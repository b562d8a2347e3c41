/** Code as the address that a worker is made of, as Trusted Types want it where the host page asks for them. */

/** Not in the DOM library yet. What it makes is no string; only the worker's constructor is to see it. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL: (url: string) => string };
}

/** Where a page asks for Trusted Types, its inlined sandbox must make them too, under the one name that pages have to allow. */
export function scriptUrls(): (code: string) => string {
  const { trustedTypes } = self as { trustedTypes?: TrustedTypes };
  let trusted = (url: string): string => url;
  try {
    const policy = trustedTypes?.createPolicy('lodestone-sandbox', { createScriptURL: (given) => given });
    if (policy) trusted = (url) => policy.createScriptURL(url);
  } catch {
    // The name is not allowed; where types are not asked for, the address will do.
  }
  return (code) => trusted(`data:text/javascript,${encodeURIComponent(code)}`);
}
