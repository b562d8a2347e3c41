/**
 * Times several implementations of one task in turns, so that a busy machine slows all of them alike and their ratios
 * hold. A time is per run; fast runs are timed in groups, because browser clocks are coarse. Pure: runs in Node and pages.
 */
export interface Timing {
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly leastMs: number;
}

export interface Row extends Timing {
  /** The same name in every run: a reference gives its figures under this name. */
  readonly name: string;
  /** Medians of other implementations of the same task in the same run, in milliseconds. */
  readonly against?: Readonly<Record<string, number>>;
  /** In addition to the picture, or of the whole index. */
  readonly memoryBytes?: number;
}

export interface Budget {
  /** How long each contender is measured. Default 1,000. */
  readonly budgetMs?: number;
  /** The shortest interval that is timed. Default 0.2; longer if a browser slows a page by pausing it. */
  readonly sampleMs?: number;
}

const warmUpMs = 200;
const turnMs = 60;
const leastSamples = 5;

export async function race<Name extends string>(
  contenders: Readonly<Record<Name, (i: number) => unknown>>,
  { budgetMs = 1_000, sampleMs = 0.2 }: Budget = {},
): Promise<Record<Name, Timing>> {
  const runners: Runner[] = [];
  for (const [name, run] of Object.entries<(i: number) => unknown>(contenders)) {
    runners.push(await warmUp(name, run, sampleMs));
  }
  for (let isDone = false; !isDone;) {
    isDone = true;
    for (const runner of runners) {
      if (runner.spentMs >= budgetMs && runner.samples.length >= leastSamples) continue;
      isDone = false;
      await takeTurn(runner);
    }
  }
  return Object.fromEntries(runners.map(({ name, samples }) => [name, timingOf(samples)])) as Record<Name, Timing>;
}

/** Times a task that runs once. */
export function timeOnce<Result>(run: () => Result): { result: Result; ms: number } {
  const start = performance.now();
  const result = run();
  return { result, ms: performance.now() - start };
}

interface Runner {
  readonly name: string;
  readonly run: (i: number) => unknown;
  /** Runs per sample. */
  readonly perSample: number;
  readonly samples: number[];
  spentMs: number;
  next: number;
}

async function warmUp(name: string, run: (i: number) => unknown, sampleMs: number): Promise<Runner> {
  const start = performance.now();
  let runs = 0;
  let leastMs = Infinity;
  do {
    const begun = performance.now();
    await run(runs++);
    leastMs = Math.min(leastMs, performance.now() - begun);
  } while (performance.now() - start < warmUpMs);
  const perSample = Math.max(1, Math.ceil(sampleMs / Math.max(leastMs, 1e-3)));
  return { name, run, perSample, samples: [], spentMs: 0, next: 0 };
}

async function takeTurn(runner: Runner): Promise<void> {
  const begun = performance.now();
  let now = begun;
  do {
    const start = now;
    for (let k = 0; k < runner.perSample; k++) {
      const result = runner.run(runner.next++);
      if (result instanceof Promise) await result;
    }
    now = performance.now();
    runner.samples.push((now - start) / runner.perSample);
  } while (now - begun < turnMs);
  runner.spentMs += now - begun;
}

function timingOf(samples: number[]): Timing {
  samples.sort((a, b) => a - b);
  const at = (share: number): number => samples[Math.floor((samples.length - 1) * share)] as number;
  return { medianMs: at(0.5), p95Ms: at(0.95), leastMs: at(0) };
}
