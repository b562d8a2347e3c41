/** Photographs of 12 megapixels, as JPEGs, by name. */
import { photographFile, type PhotographName, PHOTOGRAPHS } from '@lodestone/testkit/photographs';
import sharp from 'sharp';

export async function largePhotographs(): Promise<Record<string, Uint8Array>> {
  const jpeg = async (name: PhotographName): Promise<[string, Uint8Array]> => {
    const photograph = sharp(photographFile(name)).resize(4000, 3000, { fit: 'cover' });
    return [name, new Uint8Array(await photograph.jpeg({ quality: 85 }).toBuffer())];
  };
  return Object.fromEntries(await Promise.all(PHOTOGRAPHS.map(jpeg)));
}
