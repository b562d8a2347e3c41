/**
 * Plans the runs of a test command from its arguments: `npm test`, `npm run test:unit`, `test:browser`, `test:e2e`. Pure.
 * Promise: without `--all` or `--long` only Chromium runs; each extent tests more than the one before; other arguments narrow a run.
 */
/** How much a run tests, from least to most: `npm test`, `npm test -- --all`, `npm test -- --long`. */
export const EXTENTS = ['usual', 'all', 'long'] as const;
export type Extent = (typeof EXTENTS)[number];

export type Suite = 'unit' | 'browser' | 'e2e';

export interface TestPlan {
  readonly suites: readonly Suite[];
  /** The value of LODESTONE_ENGINES for the run; empty means every engine that is found. */
  readonly engines: string;
  readonly extent: Extent;
  readonly watch: boolean;
  /** Arguments for Vitest or Playwright: words of paths, `-t NAME`, … */
  readonly rest: readonly string[];
}

/** The least extent of a test with this tag: `{ tag: ALL_TAG }` in Playwright, `{ tags: '@all' }` in Vitest. */
export const ALL_TAG = '@all';
export const LONG_TAG = '@long';

/** Of a browser test whose subject is the same in every engine, such as what follows from a fault: with `--all` only Chromium runs it. */
export const ONE_ENGINE_TAG = '@one-engine';

/** Tags whose tests do not run in each extent. */
export const LEFT_OUT: Readonly<Record<Extent, readonly string[]>> = {
  usual: [ALL_TAG, LONG_TAG],
  all: [LONG_TAG],
  long: [],
};

/** The extent of this run, in its processes. Tests use `inject('extent')`, which engines have too. */
export const EXTENT: Extent = EXTENTS.find((extent) => extent === process.env['LODESTONE_TESTS']) ?? 'usual';

const SUITES: readonly Suite[] = ['unit', 'browser', 'e2e'];

/**
 * @param args of the command; the first may be a suite
 * @param engines the value of LODESTONE_ENGINES, which wins over the default but not over `--engine`
 * @throws if the arguments contradict each other
 */
export function planOf(args: readonly string[], engines: string | undefined): TestPlan {
  const named = SUITES.find((suite) => suite === args[0]);
  const { flags, engine, rest } = split(named === undefined ? args : args.slice(1));
  const extent = flags.has('--long') ? 'long' : flags.has('--all') ? 'all' : 'usual';
  const suites = named !== undefined ? [named] : suitesFor(engine, rest);
  if (engine !== undefined && !suites.includes('browser') && !suites.includes('e2e'))
    throw new Error('--engine needs browser or end-to-end tests: unit tests run in Node');
  if (flags.has('--watch') && suites.includes('e2e'))
    throw new Error('--watch needs unit or browser tests: name a package or use test:unit or test:browser');
  const needsBrowser = suites.some((suite) => suite !== 'unit');
  return {
    suites,
    engines: needsBrowser ? (engine ?? engines ?? (extent === 'usual' ? 'chromium' : '')) : 'none',
    extent,
    watch: flags.has('--watch'),
    rest,
  };
}

function split(args: readonly string[]): { flags: Set<string>; engine: string | undefined; rest: string[] } {
  const flags = new Set<string>();
  const rest: string[] = [];
  let engine: string | undefined;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (['--all', '--long', '--watch'].includes(arg)) flags.add(arg);
    else if (arg === '--engine') engine = args[++i] ?? '';
    else if (arg.startsWith('--engine=')) engine = arg.slice('--engine='.length);
    else rest.push(arg);
  }
  return { flags, engine, rest };
}

function suitesFor(engine: string | undefined, rest: readonly string[]): Suite[] {
  if (rest.some((word) => word.includes('e2e'))) return ['e2e'];
  if (engine !== undefined) return ['browser'];
  return rest.length > 0 ? ['unit', 'browser'] : ['unit', 'browser', 'e2e'];
}
