/**
 * Statistical tests for two groups of sessions. Pure and reproducible: shuffles use a fixed seed. Each returns p, the
 * probability of a difference at least as large by chance. Spec: docs/design/audit.md#compare
 */

/** Shuffles of a permutation test; they determine p to about half a percent where it matters. */
const SHUFFLES = 4_000;
const SEED = 0x10de5704;

/**
 * Two counts of independent events (Poisson) in times that are in the given proportion: exact, two-sided.
 * Given their sum, the first count is binomial (Przyborowski and Wilenski, 1940).
 */
export function countsDiffer(first: number, second: number, shareOfFirst: number): number {
  const all = first + second;
  const chance = (k: number): number => Math.exp(logBinomial(all, k, shareOfFirst));
  const seen = chance(first) * (1 + 1e-9);
  let p = 0;
  for (let k = 0; k <= all; k++) if (chance(k) <= seen) p += chance(k);
  return Math.min(1, p);
}

function logBinomial(n: number, k: number, p: number): number {
  let log = k * Math.log(p) + (n - k) * Math.log1p(-p);
  for (let i = 1; i <= k; i++) log += Math.log((n - k + i) / i);
  return log;
}

/** The largest gap between two empirical distributions (Kolmogorov and Smirnov). */
export function largestGap(a: readonly number[], b: readonly number[]): number {
  return gapOf(pooled(a, b), a.length);
}

/** Permutation test of the largest gap: p for two samples of one distribution, of any shape. */
export function samplesDiffer(a: readonly number[], b: readonly number[]): number {
  const pool = pooled(a, b);
  const seen = gapOf(pool, a.length) - 1e-12;
  const random = randomFrom(SEED);
  const { ofFirst } = pool;
  let asLarge = 0;
  for (let shuffle = 0; shuffle < SHUFFLES; shuffle++) {
    // Fisher–Yates shuffle of the sample labels; the values stay in place.
    for (let i = ofFirst.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      const kept = ofFirst[i] ?? 0;
      ofFirst[i] = ofFirst[j] ?? 0;
      ofFirst[j] = kept;
    }
    if (gapOf(pool, a.length) >= seen) asLarge++;
  }
  return (asLarge + 1) / (SHUFFLES + 1);
}

/** Both samples sorted together, and which values belong to the first. */
interface Pool {
  values: Float64Array;
  ofFirst: Uint8Array;
}

function pooled(a: readonly number[], b: readonly number[]): Pool {
  const all = [...a.map((value) => ({ value, of: 1 })), ...b.map((value) => ({ value, of: 0 }))];
  all.sort((x, y) => x.value - y.value);
  return { values: Float64Array.from(all, ({ value }) => value), ofFirst: Uint8Array.from(all, ({ of }) => of) };
}

function gapOf({ values, ofFirst }: Pool, first: number): number {
  const second = values.length - first;
  if (first === 0 || second === 0) return 0;
  let [i, j, gap] = [0, 0, 0];
  for (let at = 0; at < values.length; at++) {
    if (ofFirst[at] === 1) i++;
    else j++;
    // The distributions step only after the last of equal values.
    if (values[at] !== values[at + 1]) gap = Math.max(gap, Math.abs(i / first - j / second));
  }
  return gap;
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
