/**
 * React hooks over a guard. Flow: host's components → here → guard. Spec: docs/design/client.md#status
 * @module @lodestone/client/react
 */
import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
} from 'react';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Surface } from '@lodestone/protocol/surface';
import type { Check } from './answer.ts';
import type { Guard } from './guard-api.ts';
import { FIRST_STATUS, type GuardStatus } from './status.ts';

const GuardContext = createContext<Guard | undefined>(undefined);

/**
 * Gives a guard to the hooks of all components below. Create the guard once, outside of components.
 * @throws {LodestoneError} `ERR_OPTIONS` if there is no guard
 * @example
 * createRoot(element).render(<GuardProvider guard={guard}><App /></GuardProvider>);
 */
export function GuardProvider({ guard, children }: { guard: Guard; children?: ReactNode }): ReactElement {
  // In JavaScript nothing else tells that an export of another name is undefined.
  if (!guard)
    throw new LodestoneError('ERR_OPTIONS', 'GuardProvider: guard is missing: pass what createGuard returned');
  return createElement(GuardContext.Provider, { value: guard }, children);
}

/**
 * Returns the guard of the nearest `GuardProvider`.
 * @throws {LodestoneError} `ERR_OPTIONS` outside of one; so do the other hooks
 * @example
 * const guard = useGuard();
 * return <input type="file" onClick={() => guard.prepare({ surface: 'send' })} />;
 */
export function useGuard(): Guard {
  const guard = useContext(GuardContext);
  if (!guard) throw new LodestoneError('ERR_OPTIONS', NO_PROVIDER);
  return guard;
}
const NO_PROVIDER =
  'a hook of @lodestone/client/react is used outside of a GuardProvider: render <GuardProvider guard={guard}> around the component';

/**
 * Returns the guard's status and renders the component again after each change.
 * During server-side rendering, and while a page that a server rendered hydrates, the status is `idle`, so both give the same page.
 * @example
 * const { orders, notices } = useGuardStatus();
 */
export function useGuardStatus(): GuardStatus {
  const guard = useGuard();
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
 * const checked = useCheck(blob, { surface: 'receive' });
 * return checked.state === 'checked' && checked.check.action === 'allow' ? <Picture blob={blob} /> : <Placeholder />;
 */
export function useCheck(
  content: Blob | undefined,
  { surface, automatic = false }: { surface: Surface; automatic?: boolean },
): CheckState {
  const guard = useGuard();
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
  guard: Guard;
  content: Blob;
  surface: Surface;
  automatic: boolean;
}

const NONE: CheckState = { state: 'none' };
const BEGINNING: CheckState = { state: 'checking', percent: 0 };

function isSame(a: Question, b: Question): boolean {
  return a.guard === b.guard && a.content === b.content && a.surface === b.surface && a.automatic === b.automatic;
}
