/** How a picture becomes this model's input, and its output a bucket: the part of the manifest that a provider signs. */
import type { GroupFigures, ModelSpec } from '@lodestone/protocol/model';
import { INPUT, OUTPUT } from './write-onnx.ts';

export const SPEC: ModelSpec = {
  input: {
    name: INPUT,
    width: 224,
    height: 224,
    layout: 'nchw',
    mean: [0, 0, 0],
    scale: [1 / 255, 1 / 255, 1 / 255],
  },
  // The source's classes, in its order.
  output: { name: OUTPUT, classes: ['Drawing', 'Hentai', 'Neutral', 'Porn', 'Sexy'], sensitive: ['Hentai', 'Porn'] },
  buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95],
};

/** Its authors published none by group, so no order may signal by it (README, "Figures"). */
export const FIGURES: GroupFigures[] = [];
