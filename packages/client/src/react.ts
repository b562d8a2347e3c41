/** React hooks over a guard. Flow: host's components → here → guard. Spec: docs/design/client.md#status */
import { useSyncExternalStore } from 'react';
import type { Guard } from './guard-api.ts';
import { FIRST_STATUS, type GuardStatus } from './status.ts';

/**
 * Returns the guard's status and renders the component again after each change. Create the guard once, outside of components.
 * During server-side rendering, and while a page that a server rendered hydrates, the status is `idle`, so both give the same page.
 * @example
 * const { orders, notices } = useGuardStatus(guard);
 */
export function useGuardStatus(guard: Pick<Guard, 'status' | 'subscribe'>): GuardStatus {
  return useSyncExternalStore(
    guard.subscribe,
    () => guard.status,
    () => FIRST_STATUS,
  );
}
