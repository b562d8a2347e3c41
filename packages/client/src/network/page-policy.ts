/**
 * Tells a request that the page's Content-Security-Policy blocked from one without an answer: `fetch` rejects both alike, and only
 * the browser's report names the policy.
 * Flow: browser → here → egress. Spec: docs/design/client.md#problems
 */
export interface PagePolicy {
  /** After a request has failed: whether the policy blocked it. */
  blocked(url: URL): Promise<boolean>;
}

/** A browser reports shortly after `fetch` has rejected. */
const REPORT_MS = 100;

export function watchPagePolicy(page: Pick<Document, 'addEventListener'>, stop: AbortSignal): PagePolicy {
  const blocked = new Set<string>();
  page.addEventListener(
    'securitypolicyviolation',
    ({ effectiveDirective, disposition, blockedURI }) => {
      if (disposition === 'enforce' && DIRECTIVES.includes(effectiveDirective)) blocked.add(blockedURI);
    },
    { signal: stop },
  );
  // Browsers report the whole address or, for another origin, only that origin.
  const isReported = ({ href, origin }: URL): boolean => blocked.has(href) || blocked.has(origin);
  return {
    async blocked(url) {
      if (!isReported(url)) await new Promise((resolve) => setTimeout(resolve, REPORT_MS));
      return isReported(url);
    },
  };
}

const DIRECTIVES: readonly string[] = ['connect-src', 'default-src'];
