/** Statistics of model outputs: differences, changed decisions, false positives with a confidence interval. Pure. */
import { bucketOf } from '@lodestone/protocol/bucket';
import type { ModelSpec } from '@lodestone/protocol/model';

/** Five probabilities. */
export type Answer = readonly number[];

export interface Difference {
  /** Over all classes. */
  readonly max: number;
  readonly mean: number;
  /** Of the score, which determines the bucket. */
  readonly maxScore: number;
  readonly meanScore: number;
  /** Pictures whose score differs by more than 0.02. */
  readonly farOff: number;
  /** For buckets 1 to 10: how many pictures reach the bucket with one model but not with the other. */
  readonly changed: readonly number[];
}

export const BUCKETS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

const FAR_OFF = 0.02;

export function differenceOf(pairs: readonly (readonly [Answer, Answer])[], spec: ModelSpec): Difference {
  const classes = pairs.flatMap(([a, b]) => a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
  const scores = pairs.map(([a, b]) => Math.abs(scoreOf(a, spec) - scoreOf(b, spec)));
  return {
    max: max(classes),
    mean: mean(classes),
    maxScore: max(scores),
    meanScore: mean(scores),
    farOff: scores.filter((score) => score > FAR_OFF).length,
    changed: BUCKETS.map(
      (bucket) => pairs.filter(([a, b]) => bucketIn(a, spec) >= bucket !== bucketIn(b, spec) >= bucket).length,
    ),
  };
}

/** For each bucket: how many pictures reach it. All pictures are benign, so these are the false positives. */
export function falsePositivesOf(answers: readonly Answer[], spec: ModelSpec): number[] {
  return BUCKETS.map((bucket) => answers.filter((answer) => bucketIn(answer, spec) >= bucket).length);
}

function scoreOf(answer: Answer, { output }: ModelSpec): number {
  return output.sensitive.reduce((sum, name) => sum + (answer[output.classes.indexOf(name)] ?? Number.NaN), 0);
}

/** Wilson's 95% interval for `found` of `all`. */
export function wilson(found: number, all: number): [low: number, high: number] {
  const z = 1.959964;
  const share = found / all;
  const centre = share + (z * z) / (2 * all);
  const half = z * Math.sqrt((share * (1 - share)) / all + (z * z) / (4 * all * all));
  const whole = 1 + (z * z) / all;
  return [Math.max(0, (centre - half) / whole), Math.min(1, (centre + half) / whole)];
}

function bucketIn(answer: Answer, spec: ModelSpec): number {
  const bucket = bucketOf(answer, spec);
  if (bucket === undefined) throw new Error(`${answer.join()} is not an output of the model`);
  return bucket;
}

function max(values: readonly number[]): number {
  // Math.max(...values) would exceed the limit of arguments of a call.
  return values.reduce((most, value) => (value > most || Number.isNaN(value) ? value : most), 0);
}
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
