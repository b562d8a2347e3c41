/** The lazy parts of a scan in Node: those for containers and locked lists, from their source. No other part runs. */
import containers from '../src/parts/containers/main.ts';
import lockedLists from '../src/parts/locked-lists/main.ts';
import type { LazyParts } from '../src/scanner/lazy-parts.ts';

await lockedLists.start(undefined);

export const parts: Pick<LazyParts, 'run'> = {
  async run(part, _, makeInput) {
    if (part === 'containers') return containers.run(undefined, undefined);
    if (part === 'locked-lists') return lockedLists.run(undefined, (await makeInput()).input as never);
    return undefined;
  },
};
