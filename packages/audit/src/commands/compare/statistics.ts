/**
 * An exact permutation test for two groups of sessions: if the groups do not differ, every assignment of the sessions to the groups is
 * equally likely. Pure and reproducible. Spec: docs/design/audit.md#compare
 */

/** With more assignments than this, a fixed random sample of them is used. */
const MOST_ASSIGNMENTS = 20_000;
const SEED = 0x10de5704;

export interface TestResult {
  /** For each statistic: the share of assignments for which it is at least as large as observed. */
  each: readonly number[];
  /** The share of assignments whose smallest such share is at most the observed one: all statistics together, without correction. */
  joint: number;
  /** The number of assignments, including the observed one. */
  assignments: number;
}

/**
 * Westfall and Young's step: the joint p of several statistics from the same assignments.
 * @param statistics of an assignment; `isFirst[i]` is 1 if session i belongs to the first group. Larger is more different
 */
export function permutationTest(
  first: number,
  second: number,
  statistics: readonly ((isFirst: Uint8Array) => number)[],
): TestResult {
  const observed = Uint8Array.from({ length: first + second }, (_, i) => (i < first ? 1 : 0));
  const assignments = [observed, ...otherAssignments(observed, first)];
  // The tolerance lets sums in another order count as equal.
  const values = statistics.map((statistic) => Float64Array.from(assignments, (one) => statistic(one) - 1e-12));
  const shares = values.map(sharesAtLeast);
  const least = assignments.map((_, i) => Math.min(1, ...shares.map((of) => of[i] ?? 1)));
  const observedLeast = least[0] ?? 1;
  return {
    each: shares.map((of) => of[0] ?? 1),
    joint: least.filter((one) => one <= observedLeast + 1e-12).length / assignments.length,
    assignments: assignments.length,
  };
}

/** For each value, the share of values that are at least as large. */
function sharesAtLeast(values: Float64Array): Float64Array {
  const sorted = values.toSorted();
  return values.map((value) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? 0) < value - 1e-9) low = middle + 1;
      else high = middle;
    }
    return (sorted.length - low) / sorted.length;
  });
}

function otherAssignments(observed: Uint8Array, first: number): Iterable<Uint8Array> {
  return numberOfAssignments(observed.length, first) <= MOST_ASSIGNMENTS
    ? everyOther(observed, first)
    : randomOnes(observed);
}

/** n over k. */
function numberOfAssignments(n: number, k: number): number {
  let many = 1;
  for (let i = 1; i <= k; i++) many = (many * (n - k + i)) / i;
  return Math.round(many);
}

/** All but the observed one, whose first group comes first. */
function* everyOther(observed: Uint8Array, first: number): Generator<Uint8Array> {
  const n = observed.length;
  const chosen = Array.from({ length: first }, (_, i) => i);
  for (;;) {
    let at = first - 1;
    while (at >= 0 && chosen[at] === n - first + at) at--;
    if (at < 0) return;
    const from = (chosen[at] ?? 0) + 1;
    for (let i = at; i < first; i++) chosen[i] = from + i - at;
    const assignment = new Uint8Array(n);
    for (const i of chosen) assignment[i] = 1;
    yield assignment;
  }
}

function* randomOnes(observed: Uint8Array): Generator<Uint8Array> {
  const random = randomFrom(SEED);
  for (let many = 1; many < MOST_ASSIGNMENTS; many++) {
    const shuffled = observed.slice();
    // Fisher–Yates.
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      const kept = shuffled[i] ?? 0;
      shuffled[i] = shuffled[j] ?? 0;
      shuffled[j] = kept;
    }
    yield shuffled;
  }
}

/** The difference of the means of one number for each session. */
export function meanDifference(values: readonly number[]): (isFirst: Uint8Array) => number {
  return (isFirst) => {
    let [sum, many, all] = [0, 0, 0];
    for (const [i, value] of values.entries()) {
      all += value;
      if (isFirst[i] !== 1) continue;
      sum += value;
      many++;
    }
    return Math.abs(sum / Math.max(1, many) - (all - sum) / Math.max(1, values.length - many));
  };
}

/**
 * The largest gap between the two distributions of all observations of a group's sessions (Kolmogorov and Smirnov).
 * Observations of Infinity are events that did not happen before the recording ended.
 */
export function largestGap(observations: readonly (readonly number[])[]): (isFirst: Uint8Array) => number {
  const pool = observations
    .flatMap((values, session) => values.map((value) => ({ value, session })))
    .sort((a, b) => a.value - b.value);
  return (isFirst) => {
    const first = pool.reduce((sum, { session }) => sum + (isFirst[session] ?? 0), 0);
    const second = pool.length - first;
    if (first === 0 || second === 0) return 0;
    let [i, j, gap] = [0, 0, 0];
    for (const [at, { value, session }] of pool.entries()) {
      if (isFirst[session] === 1) i++;
      else j++;
      // The distributions step only after the last of equal values.
      if (value !== pool[at + 1]?.value) gap = Math.max(gap, Math.abs(i / first - j / second));
    }
    return gap;
  };
}

/** The sum of the differences of the shares of each kind. */
export function shareDifference(kinds: readonly (readonly string[])[]): (isFirst: Uint8Array) => number {
  const names = [...new Set(kinds.flat())];
  const counts = kinds.map((of) => names.map((name) => of.filter((kind) => kind === name).length));
  return (isFirst) => {
    const sums = [names.map(() => 0), names.map(() => 0)];
    for (const [session, of] of counts.entries())
      for (const [i, many] of of.entries()) {
        const group = sums[isFirst[session] === 1 ? 0 : 1] ?? [];
        group[i] = (group[i] ?? 0) + many;
      }
    const [a = [], b = []] = sums.map((group) => {
      const all = group.reduce((sum, many) => sum + many, 0);
      return group.map((many) => (all === 0 ? 0 : many / all));
    });
    return a.reduce((sum, share, i) => sum + Math.abs(share - (b[i] ?? 0)), 0);
  };
}

/** mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
