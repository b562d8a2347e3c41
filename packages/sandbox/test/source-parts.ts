/** The lazy parts of a scan in Node: the containers part, from its source. No other part runs. */
import containers from '../src/parts/containers/main.ts';
import type { LazyParts } from '../src/scanner/lazy-parts.ts';

export const parts: Pick<LazyParts, 'run'> = {
  run: async (part) => (part === 'containers' ? containers.run(undefined, undefined) : undefined),
};
