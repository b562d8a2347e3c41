/** The copies that the demo's order finds by its variants, and its list by its crops, are not near the photograph's own hash. */
import { distance, loadPdq } from '@lodestone/pdq';
import { photographFile } from '@lodestone/testkit/photographs';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { cropped, padded, screenshot } from '../src/edited-copies.ts';

test.for([
  ['padded', padded],
  ['cropped', cropped],
  ['a screenshot', screenshot],
] as const)('%s', async ([, edit]) => {
  const pdq = await loadPdq();
  const hashOf = async (file: string | Buffer): Promise<Uint8Array> => {
    const { data, info } = await sharp(file).resize(512).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    return pdq.hash({ data, width: info.width, height: info.height, channels: 3 }).hash;
  };
  const file = photographFile('nagasaki-boats');
  expect(distance(await hashOf(await edit(file)), await hashOf(file))).toBeGreaterThan(31);
});
