/** How well two samples of answer times can be told apart: the area under the ROC curve, by ranks (Mann-Whitney U). Pure. */

/** @returns 0.5 if the samples look the same, 1 if one of them is always slower */
export function auc(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((value) => ({ value, ofA: 1 })), ...b.map((value) => ({ value, ofA: 0 }))];
  all.sort((x, y) => x.value - y.value);
  let rankSum = 0;
  for (let start = 0, end = 0; start < all.length; start = end) {
    while (end < all.length && all[end]?.value === all[start]?.value) end++;
    const meanRank = (start + 1 + end) / 2;
    for (let i = start; i < end; i++) rankSum += meanRank * (all[i]?.ofA ?? 0);
  }
  const area = (rankSum - (a.length * (a.length + 1)) / 2) / (a.length * b.length);
  return Math.max(area, 1 - area);
}

/** The pair of classes that is easiest to tell apart. */
export function worstPair(times: ReadonlyMap<string, readonly number[]>): { pair: string; area: number } {
  const names = [...times.keys()];
  const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const));
  return pairs
    .map(([a, b]) => ({ pair: `${a} / ${b}`, area: auc(times.get(a) ?? [], times.get(b) ?? []) }))
    .reduce((worst, each) => (each.area > worst.area ? each : worst), { pair: '', area: 0 });
}
