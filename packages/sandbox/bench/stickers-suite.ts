/**
 * A sticker: its later frames decoded, copied, flattened and hashed, in turns with decoding its frames alone; and of one frame, what the scanner does
 * while the engine decodes the next one. Runs in a page of Chromium.
 */
import { loadPdq } from '@lodestone/pdq';
import { type Budget, race, type Row } from '@lodestone/testkit/bench/race';
import { decodeLaterFrames } from '../src/decode/animation.ts';
import { flattenAlpha } from '../src/decode/flatten-alpha.ts';
import { traitsOfImageDecoder } from '../src/decode/image-decoder.ts';

type Type = 'image/gif' | 'image/webp';
type Bytes = Uint8Array<ArrayBuffer>;

/** So that a busy machine decodes all frames too. */
const UNBOUNDED = { frames: Infinity, pixels: Infinity, ms: 600_000 };

export async function* suite(budget: Budget = {}): AsyncGenerator<Row> {
  const pdq = await loadPdq();
  const { alphaForm = 'straight' } = (await traitsOfImageDecoder()) ?? {};
  for (const name of ['gif', 'webp'] as const) {
    const bytes = new Uint8Array(await (await fetch(`/files/${name}`)).arrayBuffer());
    const type: Type = `image/${name}`;
    const { ours, theirs } = await race(
      {
        ours: () => decodeLaterFrames({ bytes, type }, alphaForm, async (pixels) => void pdq.hash(pixels), UNBOUNDED),
        theirs: () => decodeAll(bytes, type),
      },
      budget,
    );
    yield { name: `${name}: later frames, hashed`, ...ours, against: { 'decoding alone': theirs.medianMs } };

    const decoder = new ImageDecoder({ data: bytes, type });
    const { image } = await decoder.decode({ frameIndex: 1 });
    const pixels = { width: image.displayWidth, height: image.displayHeight };
    const data = new Uint8ClampedArray(pixels.width * pixels.height * 4);
    const copy = (): Promise<unknown> => image.copyTo(data, { format: 'RGBA' });
    const steps = await race(
      {
        copied: copy,
        'copied and flattened': async () => (await copy(), flattenAlpha(data, alphaForm, 'white')),
        hashed: () => pdq.hash({ ...pixels, data }),
      },
      budget,
    );
    for (const [step, timing] of Object.entries(steps)) yield { name: `${name}: a frame ${step}`, ...timing };
    image.close();
    decoder.close();
  }
}

/** Each frame is requested before the one before it is closed, as our decoder does it. */
async function decodeAll(bytes: Bytes, type: Type): Promise<void> {
  const decoder = new ImageDecoder({ data: bytes, type });
  await Promise.all([decoder.completed, decoder.tracks.ready]);
  const count = decoder.tracks.selectedTrack?.frameCount ?? 0;
  let next = decoder.decode({ frameIndex: 0 });
  for (let i = 1; i <= count; i++) {
    const { image } = await next;
    if (i < count) next = decoder.decode({ frameIndex: i });
    image.close();
  }
  decoder.close();
}
