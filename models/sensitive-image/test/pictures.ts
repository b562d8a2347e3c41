/** The shared photographs for the parity tests, 224 × 224 RGB from 0 to 1. */
import { PHOTOGRAPHS, photographFile } from '@lodestone/testkit/photographs';
import sharp from 'sharp';
import type { TestPicture } from './generated.ts';

const SIDE = 224;

export async function photographs(): Promise<TestPicture[]> {
  return Promise.all(
    PHOTOGRAPHS.map(async (name) => {
      const pipeline = sharp(photographFile(name))
        .resize(SIDE, SIDE, { fit: 'fill' })
        .removeAlpha()
        .toColourspace('srgb');
      const { data } = await pipeline.raw().toBuffer({ resolveWithObject: true });
      return { name, pixels: Float32Array.from(data, (byte) => byte / 255) };
    }),
  );
}
