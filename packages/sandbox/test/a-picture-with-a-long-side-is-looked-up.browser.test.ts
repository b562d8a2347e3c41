/** A picture of 20,000 × 100 pixels is reduced and looked up where an ImageDecoder decodes it, and is too large in WebKit. */
import { loadPdq } from '@lodestone/pdq';
import { LIMITS } from '@lodestone/protocol/limits';
import { printRelease } from '@lodestone/protocol/list-file';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { encodePng } from './encode.ts';
import { type OpenSandbox, openSandbox, planList, sandboxList } from './open-sandbox.ts';
import { drawPicture, type Rgba } from './picture.ts';

let sandbox: OpenSandbox;
beforeAll(async () => {
  sandbox = await openSandbox();
});
afterAll(() => sandbox.close());

/** Each pixel as often as it is needed, so that the hash does not depend on the width. */
function stretched(width: number): Rgba {
  const { data: from, ...small } = drawPicture(250, 100, 4);
  const [pixels, data] = [new Uint32Array(from.buffer), new Uint32Array(width * small.height)];
  for (let i = 0; i < data.length; i++) {
    const x = Math.floor(((i % width) * small.width) / width);
    data[i] = pixels[Math.floor(i / width) * small.width + x] ?? 0;
  }
  return { width, height: small.height, data: new Uint8Array(data.buffer) };
}

async function encodeJpeg({ width, height, data }: Rgba): Promise<Uint8Array<ArrayBuffer>> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0);
  return new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })).arrayBuffer());
}

test('20,000 × 100 pixels, as PNG and as JPEG', async () => {
  const isWebkit = inject('engine') === 'webkit';
  const wide = stretched(20_000);
  expect(wide.width).toBeGreaterThan(LIMITS.pictureSide);
  const pdq = await loadPdq();
  const file = printRelease([{ type: 'pdq', entry: 1, payload: pdq.hash(stretched(10_000)).hash }]);
  expect(await sandbox.calls.load(sandboxList('wide', file))).toEqual({ ok: true });
  // WebKit's canvases are not that wide.
  for (const content of [await encodePng(wide), ...(isWebkit ? [] : [await encodeJpeg(wide)])]) {
    const verdict = await sandbox.scan(content, [planList('wide', { maxDistance: 8 })]);
    expect(verdict).toMatchObject(
      isWebkit ? { complete: false, reason: 'too-large' } : { complete: true, findings: [{ entry: 1, match: 'near' }] },
    );
  }
});
