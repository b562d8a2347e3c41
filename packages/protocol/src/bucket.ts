/** From a model's output to a bucket: the sandbox calls it, so nothing of the schemas is in here. Spec: DESIGN §4. */
import type { ModelSpec } from './model.ts';

/** 0 to 10, or undefined for an output that is none: of another length, or with a value that is not from 0 to 1. */
export function bucketOf(values: ArrayLike<number>, { output, buckets }: ModelSpec): number | undefined {
  const { classes, sensitive } = output;
  if (values.length !== classes.length) return undefined;
  let score = 0;
  for (const [i, name] of classes.entries()) {
    const value = values[i] ?? Number.NaN;
    // Rounding may carry a softmax's value a little over 1.
    if (!(value >= -1e-3 && value <= 1 + 1e-3)) return undefined;
    if (sensitive.includes(name)) score += value;
  }
  return buckets.filter((threshold) => score >= threshold).length;
}
