/** The model as a provider publishes it: specification, file and accuracy figures. Flow: here → `lodestone-authority model`. */
import type { GroupFigures, ModelSpec } from '@lodestone/protocol/model';
import { FIGURES } from './figures.ts';
import { INPUT, onnxFile, OUTPUT } from './onnx.ts';
import { HEIGHT, WIDTH } from './weights.ts';

export interface ShapesModel {
  spec: ModelSpec;
  /** ONNX. */
  file: Uint8Array<ArrayBuffer>;
  figures: GroupFigures[];
}

export const MODEL = 'shapes';

export function shapesModel(): ShapesModel {
  return { spec: structuredClone(SPEC), file: onnxFile(), figures: structuredClone(FIGURES) };
}

const SPEC: ModelSpec = {
  input: {
    name: INPUT,
    width: WIDTH,
    height: HEIGHT,
    layout: 'nhwc',
    // Red, 1 − green, blue, from 0 to 1, so that magenta is 1 in all three.
    mean: [0, 255, 0],
    scale: [1 / 255, -1 / 255, 1 / 255],
  },
  output: { name: OUTPUT, classes: ['plain', 'marked'], sensitive: ['marked'] },
  buckets: [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
};
