/**
 * One attempt to reach a server, a store or the host from inside the sandbox: the body of an async function, as text, so that it
 * runs under the sandbox's policy and a reader sees exactly what runs. It may use `at` (a server for this attempt only),
 * `eventOf(target, type)`, `append(tag, attributes)` and `noResult()`. Spec: docs/design/audit.md#probe
 */
export type Place = 'window' | 'worker';

export interface Attempt {
  /** Made from the title, for names and addresses. */
  id: string;
  title: string;
  group: string;
  where: Place | 'both';
  /** `reach`: it escapes if bytes arrive. `keep`: it escapes if it succeeds, since it sends nothing. */
  kind: 'reach' | 'keep';
  run: string;
  /** It may navigate its frame or the page away, so it has one to itself. */
  isolation?: 'frame' | 'page';
  /** It runs only after the sandbox has started, since it would prevent the start. */
  afterStart?: true;
  /** It has no control run: on success it waits for a person, or there is nothing to compare with. */
  noControl?: true;
}

type Extra = Pick<Attempt, 'isolation' | 'afterStart' | 'noControl'>;
type Define = (where: Attempt['where'], title: string, run: string, extra?: Extra) => Attempt;

export function attemptGroup(group: string): Record<Attempt['kind'], Define> {
  const define =
    (kind: Attempt['kind']): Define =>
    (where, title, run, extra = {}) => ({ id: idOf(title), title, group, where, kind, run, ...extra });
  return { reach: define('reach'), keep: define('keep') };
}

function idOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}
