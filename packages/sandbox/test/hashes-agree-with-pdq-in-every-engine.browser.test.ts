/** The sandbox's hash agrees with PDQ of the full picture as it is shown: exactly if it is small, nearly if it is reduced. */
import { loadPdq, type Pdq } from '@lodestone/pdq';
import { printRelease } from '@lodestone/protocol/list-file';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withScannerProbe } from './derive.ts';
import { encodePng, withOrientation } from './encode.ts';
import jpeg from './fixtures/picture.jpg?url';
import { builtDocument, type OpenSandbox, openSandbox, planList, sandboxList } from './open-sandbox.ts';
import { drawPicture, type Rgba, shownAs } from './picture.ts';

/** Each decoder of this engine: ImageDecoder, createImageBitmap in the sandbox, or the host's bitmap. */
const SANDBOXES = [['default decoder', builtDocument]];
if ('ImageDecoder' in window) {
  SANDBOXES.push(['without ImageDecoder', await withScannerProbe(builtDocument, 'delete self.ImageDecoder')]);
}

const small = drawPicture(320, 240);
const large = drawPicture(1000, 700, 4);
const largeJpeg = await encodeJpeg(large);

describe.each(SANDBOXES)('%s', (_, html) => {
  let pdq: Pdq;
  let sandbox: OpenSandbox;
  beforeAll(async () => {
    pdq = await loadPdq();
    sandbox = await openSandbox({ html });
  });
  afterAll(() => sandbox.close());

  /** The distance between the sandbox's hash of the content and PDQ of the shown picture; undefined beyond 31. */
  async function distanceTo(shown: Rgba, content: Uint8Array<ArrayBuffer>): Promise<number | undefined> {
    const file = printRelease([{ type: 'pdq', entry: 1, payload: pdq.hash(shown).hash }]);
    await sandbox.calls.load(sandboxList('shown', file));
    const { findings, complete } = await sandbox.scan(content, [planList('shown', { minQuality: 0 })]);
    expect(complete).toBe(true);
    return findings[0]?.kind === 'known' ? findings[0].distance : undefined;
  }

  test.for([
    [512, 512],
    [64, 64],
    [511, 37],
    [5, 5],
    [100, 300],
  ] as const)('PNG of %i × %i: equal', async ([width, height]) => {
    const picture = drawPicture(width, height, 3);
    expect(await distanceTo(picture, await encodePng(picture))).toBe(0);
  });

  test('transparent parts are flattened on white', async () => {
    const picture = drawPicture(300, 200);
    for (let i = 3; i < picture.data.length; i += 4) picture.data[i] = Math.floor(i / 1200) + 20;
    expect(await distanceTo(onWhite(picture), await encodePng(picture))).toBeLessThanOrEqual(2);
  });

  test.for([
    [1200, 900],
    [3000, 90],
    [513, 513],
    [500, 1100],
  ] as const)('PNG of %i × %i: near', async ([width, height]) => {
    const picture = drawPicture(width, height, 2);
    expect(await distanceTo(picture, await encodePng(picture))).toBeLessThanOrEqual(6);
  });

  test.for([1, 2, 3, 4, 5, 6, 7, 8])('JPEG, EXIF orientation %i', async (orientation) => {
    const file = new Uint8Array(await (await fetch(jpeg)).arrayBuffer());
    expect(await distanceTo(shownAs(small, orientation), withOrientation(file, orientation))).toBeLessThanOrEqual(4);
  });

  test.for([1, 2, 3, 4, 5, 6, 7, 8])('large JPEG, EXIF orientation %i', async (orientation) => {
    const file = withOrientation(largeJpeg, orientation);
    expect(await distanceTo(shownAs(large, orientation), file)).toBeLessThanOrEqual(8);
  });
});

/** With this engine's encoder. */
async function encodeJpeg({ width, height, data }: Rgba): Promise<Uint8Array<ArrayBuffer>> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(data.buffer), width, height), 0, 0);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
  return new Uint8Array(await blob.arrayBuffer());
}

function onWhite(picture: Rgba): Rgba {
  const data = picture.data.slice();
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3] as number;
    for (let c = i; c < i + 3; c++) data[c] = Math.round(((data[c] as number) * alpha) / 255 + 255 - alpha);
    data[i + 3] = 255;
  }
  return { ...picture, data };
}
