/** How a picture becomes this model's input, and its output a bucket. A provider signs it as part of the manifest. */
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

/** The authors published no per-group accuracy figures, so no order may signal on this model. See the README. */
export const FIGURES: GroupFigures[] = [];
