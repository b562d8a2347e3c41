/**
 * Measures a model's input tensor, made by the kernel and by the tests' oracle without its rounding, in turns.
 * It uses no Node API, so the same suite runs in a browser.
 */
import type { ModelInput } from '@lodestone/protocol/model';
import { type Budget, race, type Row } from '@lodestone/testkit/bench/race';
import { createModelInput } from '../src/decode/model-input.ts';
import { oracleModelInput } from '../test/model-input-oracle.ts';
import { drawPicture } from '../test/picture.ts';

/** Sizes of a 4:3 photograph and of its reduced picture. */
const full = { width: 4_000, height: 3_000 };
const reduced = { width: 512, height: 384 };
const sides = { width: 224, height: 224 };

const asItIs = (value: number): number => value;

export async function* suite(budget: Budget = {}): AsyncGenerator<Row> {
  const picture = { ...reduced, data: new Uint8ClampedArray(drawPicture(reduced.width, reduced.height).data) };
  for (const layout of ['nchw', 'nhwc'] as const) {
    const input: ModelInput = { name: 'input', ...sides, layout, mean: [0, 0, 0], scale: [1 / 255, 1 / 255, 1 / 255] };
    const toModelInput = createModelInput(input);
    const { ours, theirs } = await race(
      { ours: () => toModelInput(picture, full), theirs: () => oracleModelInput(picture, input, full, asItIs) },
      budget,
    );
    yield { name: `512×384 → 224×224 ${layout}`, ...ours, against: { 'plain version': theirs.medianMs } };
  }
}
