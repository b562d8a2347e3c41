/** Test vectors of the reference: 99 pictures with hash, quality and all eight orientations. */
import { beforeAll, expect, test } from 'vitest';
import { type Pdq, loadPdq, orientations, toHex } from '../src/index.ts';
import { generate, toRgba } from './pictures.ts';
import vectors from './vectors/pdq-vectors.json' with { type: 'json' };

let pdq: Pdq;
beforeAll(async () => {
  pdq = await loadPdq();
});

test('there are 99 vectors', () => {
  expect(vectors.cases).toHaveLength(99);
});

for (const vector of vectors.cases) {
  const { generator, seed, width, height } = vector;
  test(`${generator} ${seed}, ${width}×${height}`, async () => {
    const data = generate(vector);
    expect(await sha256(data)).toBe(vector.sha256);
    const picture = { data, width, height, channels: 3 } as const;

    const { hash, quality } = pdq.hash(picture);
    expect({ hash: toHex(hash), quality }).toEqual({ hash: vector.hash, quality: vector.quality });
    expect(pdq.hash({ data: toRgba(data), width, height })).toEqual({ hash, quality });

    const { hashes } = pdq.hashOrientations(picture);
    expect(mapValues(hashes)).toEqual(vector.dihedral);
  });
}

function mapValues(hashes: Readonly<Record<string, Uint8Array>>): Record<string, string> {
  expect(Object.keys(hashes)).toEqual([...orientations]);
  return Object.fromEntries(Object.entries(hashes).map(([name, hash]) => [name, toHex(hash)]));
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}
