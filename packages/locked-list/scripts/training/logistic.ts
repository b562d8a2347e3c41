/**
 * Logistic regression of one bit on others, with a penalty on the squares of the weights. The Hessian is replaced by its upper bound, a quarter of the
 * correlations (Böhning and Lindsay, 1988): one factorization, and each step lowers the loss. Deterministic.
 */

/** The sum of products of two columns. */
export type Correlation = (a: number, b: number) => number;

export interface Regression {
  readonly target: Float64Array;
  readonly inputs: readonly Float64Array[];
  /** Of inputs a and b, by their places in `inputs`. */
  readonly correlation: Correlation;
  /** The penalty for each sample. */
  readonly penalty: number;
}

const STEPS = 30;
/** No weight changes by more: far below the step of the quantized tables. */
const SETTLED = 1e-5;

/** @returns a weight for each input */
export function fit({ target, inputs, correlation, penalty }: Regression): Float64Array {
  const [size, count] = [inputs.length, target.length];
  const weights = new Float64Array(size);
  const factor = cholesky(
    Array.from({ length: size }, (_, a) =>
      Float64Array.from({ length: a + 1 }, (_, b) => correlation(a, b) / 4 + (a === b ? penalty * count : 0)),
    ),
  );
  const residual = new Float64Array(count);
  for (let step = 0; step < STEPS; step++) {
    residual.fill(0);
    for (const [a, input] of inputs.entries()) addScaled(residual, input, weights[a] as number);
    for (let i = 0; i < count; i++)
      residual[i] = ((target[i] as number) + 1) / 2 - 1 / (1 + Math.exp(-(residual[i] as number)));
    const change = solve(
      factor,
      Float64Array.from(inputs, (input, a) => dot(input, residual) - penalty * count * (weights[a] as number)),
    );
    let most = 0;
    for (let a = 0; a < size; a++) {
      weights[a] = (weights[a] as number) + (change[a] as number);
      most = Math.max(most, Math.abs(change[a] as number));
    }
    if (most < SETTLED) break;
  }
  return weights;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function addScaled(to: Float64Array, from: Float64Array, scale: number): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] as number) + scale * (from[i] as number);
}

/** Of a symmetric positive matrix, given as its lower rows. */
function cholesky(rows: readonly Float64Array[]): readonly Float64Array[] {
  for (const [i, row] of rows.entries())
    for (let j = 0; j <= i; j++) {
      const other = rows[j] as Float64Array;
      let value = row[j] as number;
      for (let k = 0; k < j; k++) value -= (row[k] as number) * (other[k] as number);
      row[j] = i === j ? Math.sqrt(value) : value / (other[j] as number);
    }
  return rows;
}

function solve(factor: readonly Float64Array[], values: Float64Array): Float64Array {
  const at = (i: number, j: number): number => (factor[i] as Float64Array)[j] as number;
  for (let i = 0; i < values.length; i++) {
    let value = values[i] as number;
    for (let k = 0; k < i; k++) value -= at(i, k) * (values[k] as number);
    values[i] = value / at(i, i);
  }
  for (let i = values.length - 1; i >= 0; i--) {
    let value = values[i] as number;
    for (let k = i + 1; k < values.length; k++) value -= at(k, i) * (values[k] as number);
    values[i] = value / at(i, i);
  }
  return values;
}
