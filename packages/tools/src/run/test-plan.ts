/**
 * Plans the runs of a test command from its arguments: `npm test`, `npm run test:unit`, `test:browser`, `test:e2e`. Pure.
 * Promise: without `--all` only Chromium and the tests without the tag `@all` run; arguments narrow a run, never widen it.
 */
export type Suite = 'unit' | 'browser' | 'e2e';

export interface TestPlan {
  readonly suites: readonly Suite[];
  /** The value of LODESTONE_ENGINES for the run; empty means every engine that is found. */
  readonly engines: string;
  /** Whether tests with the tag `@all` run too. */
  readonly all: boolean;
  readonly watch: boolean;
  /** Arguments for Vitest or Playwright: words of paths, `-t NAME`, … */
  readonly rest: readonly string[];
}

/** Tests that only `npm test -- --all` runs have this tag: `{ tag: ALL_TAG }` in Playwright, `{ tags: ALL_TAG }` in Vitest. */
export const ALL_TAG = '@all';

/** Whether this run has `--all`, in the process of a test. Tests of Vitest use `inject('all')`, which engines have too. */
export const IS_ALL: boolean = process.env['LODESTONE_TESTS'] === 'all';

const SUITES: readonly Suite[] = ['unit', 'browser', 'e2e'];

/**
 * @param args of the command; the first may be a suite
 * @param engines the value of LODESTONE_ENGINES, which wins over the default but not over `--engine`
 * @throws if the arguments contradict each other
 */
export function planOf(args: readonly string[], engines: string | undefined): TestPlan {
  const named = SUITES.find((suite) => suite === args[0]);
  const { flags, engine, rest } = split(named === undefined ? args : args.slice(1));
  const all = flags.has('--all');
  const suites = named !== undefined ? [named] : suitesFor(engine, rest);
  if (engine !== undefined && !suites.includes('browser') && !suites.includes('e2e'))
    throw new Error('--engine needs browser or end-to-end tests: unit tests run in Node');
  if (flags.has('--watch') && suites.includes('e2e'))
    throw new Error('--watch needs unit or browser tests: name a package or use test:unit or test:browser');
  const needsBrowser = suites.some((suite) => suite !== 'unit');
  return {
    suites,
    engines: needsBrowser ? (engine ?? engines ?? (all ? '' : 'chromium')) : 'none',
    all,
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
    if (arg === '--all' || arg === '--watch') flags.add(arg);
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
