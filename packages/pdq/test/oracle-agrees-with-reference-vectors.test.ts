/** The oracle of the kernel's tests returns the reference's hashes. Node only, and only pictures that it hashes quickly. */
import { expect, test } from 'vitest';
import { toHex } from '../src/index.ts';
import { oracleHash, oracleOrientations } from './oracle.ts';
import { generate } from './pictures.ts';
import vectors from './vectors/pdq-vectors.json' with { type: 'json' };

const MAX_PIXELS = 300_000;

for (const vector of vectors.cases.filter(({ width, height }) => width * height <= MAX_PIXELS)) {
  const { generator, seed, width, height } = vector;
  test(`${generator} ${seed}, ${width}×${height}`, () => {
    const picture = { data: generate(vector), width, height, channels: 3 } as const;
    const { hash, quality } = oracleHash(picture);
    expect({ hash: toHex(hash), quality }).toEqual({ hash: vector.hash, quality: vector.quality });
    const hashes = Object.entries(oracleOrientations(picture)).map(([name, bytes]) => [name, toHex(bytes)]);
    expect(Object.fromEntries(hashes)).toEqual(vector.dihedral);
  });
}
