/**
 * The contract between `npm run bench` and a `bench/chromium.ts`, which runs several suites in pages of Chromium. The
 * benchmark receives the runner, so that its package does not depend on the tools.
 */
import type { Row } from './race.ts';

export interface Conditions {
  /** How many times slower than the machine; 1 is full speed. */
  readonly slowdown: number;
  readonly rowCounts?: readonly number[];
  /** Files that the suite fetches at `/files/NAME`. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

/** @param begin receives the name of the environment @param say receives each figure as soon as it is measured */
export type RunInChromium = (
  suiteFile: string,
  conditions: Conditions,
  begin: (environment: string) => void,
  say: (row: Row) => void,
) => Promise<void>;

/** What `bench/chromium.ts` exports. */
export interface ChromiumBench {
  bench(runInChromium: RunInChromium): Promise<ChromiumFigures>;
}

export interface ChromiumFigures {
  readonly environment: string;
  readonly rows: readonly Row[];
  /** The last line of output. */
  readonly summary: string;
}
