/**
 * React hooks over a guard. Flow: host's components → here → guard. Spec: docs/design/client.md#status
 * @module @lodestone/client/react
 */
import { useSyncExternalStore } from 'react';
import type { Guard } from './guard-api.ts';
import type { GuardStatus } from './status.ts';

/**
 * Returns the guard's status and renders the component again after each change. Create the guard once, outside of components.
 * During server-side rendering the status is the one of the server's guard, which is `idle`.
 * @example
 * const { orders, notices } = useGuardStatus(guard);
 */
export function useGuardStatus(guard: Pick<Guard, 'status' | 'subscribe'>): GuardStatus {
  return useSyncExternalStore(
    guard.subscribe,
    () => guard.status,
    () => guard.status,
  );
}
