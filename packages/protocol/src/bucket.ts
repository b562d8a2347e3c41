/**
 * A model's output becomes a bucket. The sandbox calls this, so the file imports no schemas.
 * Spec: docs/design/sandbox.md#classifier
 */
import type { ModelSpec } from './model.ts';

/** 0 to 10, or undefined for an invalid output: another length, or a value that is not between 0 and 1. */
export function bucketOf(values: ArrayLike<number>, { output, buckets }: ModelSpec): number | undefined {
  const { classes, sensitive } = output;
  if (values.length !== classes.length) return undefined;
  let score = 0;
  for (const [i, name] of classes.entries()) {
    const value = values[i] ?? Number.NaN;
    // Rounding may lift a softmax value slightly above 1.
    if (!(value >= -1e-3 && value <= 1 + 1e-3)) return undefined;
    if (sensitive.includes(name)) score += value;
  }
  return buckets.filter((threshold) => score >= threshold).length;
}
