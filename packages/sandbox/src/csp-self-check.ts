/**
 * Asks the browser whether the document's Content-Security-Policy is in force, in the window and in the scanner, before a port
 * arrives. The only file of the sandbox that names a network function; the address that it requests has no server.
 * Spec: docs/design/sandbox.md#boot, CSP Level 3
 */

/** A policy treats a `data:` URL as a request; no server is involved. */
const NOWHERE = 'data:,';
/** The browser reports a violation shortly after it has blocked the request. */
const REPORT_MS = 2_000;

export function blocksRequests(): Promise<boolean> {
  return fetch(NOWHERE).then(
    () => false,
    () => true,
  );
}

/** Whether this very policy blocks requests: the violation event names it. For windows only, since WebKit does not send it to workers. */
export async function isPolicyInForce(policy: string): Promise<boolean> {
  const isNamed = new Promise<boolean>((resolve) => {
    addEventListener('securitypolicyviolation', ({ originalPolicy, effectiveDirective }) => {
      if (originalPolicy === policy && effectiveDirective === 'connect-src') resolve(true);
    });
    setTimeout(resolve, REPORT_MS, false);
  });
  return (await blocksRequests()) && isNamed;
}
