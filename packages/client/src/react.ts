/**
 * React hooks over a guard. Flow: host's components → here → guard. Spec: docs/design/client.md#status
 * @module @lodestone/client/react
 */
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { Surface } from '@lodestone/protocol/surface';
import type { Check } from './answer.ts';
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

/** A check as a component sees it. */
export type CheckState =
  | { readonly state: 'none' } // no content
  | { readonly state: 'checking'; readonly percent: number }
  | { readonly state: 'checked'; readonly check: Check }
  | { readonly state: 'failed'; readonly error: unknown }; // what `guard.check` threw: treat it like a block

/**
 * Checks content while a component shows it, and renders the component again with the progress and the answer. The answer is
 * always that of the content that is passed now: with other content, the state is `checking` in the same render. A check ends when the
 * component goes or gets other content. In StrictMode's second mount the check starts again.
 * @param content a Blob that stays the same object; `undefined` while there is none
 * @example
 * const checked = useCheck(guard, blob, { surface: 'receive' });
 * return checked.state === 'checked' && checked.check.action === 'allow' ? <Picture blob={blob} /> : <Placeholder />;
 */
export function useCheck(
  guard: Pick<Guard, 'check'>,
  content: Blob | undefined,
  { surface, automatic = false }: { surface: Surface; automatic?: boolean },
): CheckState {
  const [known, setKnown] = useState<{ of: Question; state: CheckState }>();
  useEffect(() => {
    if (!content) return undefined;
    const of = { guard, content, surface, automatic };
    const abort = new AbortController();
    const show = (state: CheckState): void => {
      if (!abort.signal.aborted) setKnown({ of, state });
    };
    const onProgress = (percent: number): void => show({ state: 'checking', percent });
    guard.check(content, { surface, automatic, signal: abort.signal, onProgress }).then(
      (check) => show({ state: 'checked', check }),
      (error: unknown) => show({ state: 'failed', error }),
    );
    return () => abort.abort();
  }, [guard, content, surface, automatic]);
  if (!content) return NONE;
  return known && isSame(known.of, { guard, content, surface, automatic }) ? known.state : BEGINNING;
}

interface Question {
  guard: Pick<Guard, 'check'>;
  content: Blob;
  surface: Surface;
  automatic: boolean;
}

const NONE: CheckState = { state: 'none' };
const BEGINNING: CheckState = { state: 'checking', percent: 0 };

function isSame(a: Question, b: Question): boolean {
  return a.guard === b.guard && a.content === b.content && a.surface === b.surface && a.automatic === b.automatic;
}
