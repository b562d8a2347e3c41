/**
 * Asks the browser whether the policy is in force, where it must be: in the window and in the worker, before a port is
 * there. The one file of the sandbox that names a network call, and the address it calls reaches nobody even where it is let.
 */

/** A `data:` address is a request to a policy, and to nothing else. */
const NOWHERE = 'data:,';
/** The browser tells of a refusal a moment after it has refused. */
const TELLING_MS = 2_000;

export function refusesRequests(): Promise<boolean> {
  return fetch(NOWHERE).then(
    () => false,
    () => true,
  );
}

/** Whether it is this very policy that refuses: the browser names it. For windows; WebKit tells a worker nothing. */
export async function refusesInTheNameOf(policy: string): Promise<boolean> {
  const named = new Promise<boolean>((resolve) => {
    addEventListener('securitypolicyviolation', ({ originalPolicy, effectiveDirective }) => {
      if (originalPolicy === policy && effectiveDirective === 'connect-src') resolve(true);
    });
    setTimeout(resolve, TELLING_MS, false);
  });
  return (await refusesRequests()) && named;
}
