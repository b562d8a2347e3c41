/** A bit is 1 exactly if its margin is above 0, in each orientation; bits with small margins flip first. */
import { expect, test } from 'vitest';
import { loadPdq, marginsOf, orientations, PdqError } from '../src/index.ts';
import { generate } from './pictures.ts';
import vectors from './vectors/pdq-vectors.json' with { type: 'json' };

const pdq = await loadPdq();

function bitsOf(margins: Float32Array): Uint8Array {
  const hash = new Uint8Array(32);
  margins.forEach((margin, bit) => {
    if (margin > 0) hash[31 - (bit >> 3)] = (hash[31 - (bit >> 3)] as number) | (1 << (bit & 7));
  });
  return hash;
}

test('the margins of each orientation give its hash, for all reference pictures', () => {
  for (const vector of vectors.cases) {
    const { width, height } = vector;
    const picture = { data: generate(vector), width, height, channels: 3 } as const;
    const { hash, coefficients: own } = pdq.hash(picture, { coefficients: true });
    expect(bitsOf(marginsOf(own as Float32Array))).toEqual(hash);
    const { hashes, coefficients } = pdq.hashOrientations(picture, { coefficients: true });
    for (const name of orientations)
      expect(bitsOf(marginsOf(coefficients as Float32Array, name))).toEqual(hashes[name]);
  }
});

test('a wrong number of coefficients and an unknown orientation are refused', () => {
  expect(() => marginsOf(new Float32Array(255))).toThrow(PdqError);
  // @ts-expect-error not an orientation
  expect(() => marginsOf(new Float32Array(256), 'toString')).toThrow(/toString is not an orientation/);
});
