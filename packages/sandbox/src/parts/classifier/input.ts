/** The input that the scanner sends the classifier for each picture: a copy of the reduced picture, which the worker overwrites with zeros. Spec: docs/design/sandbox.md#classifier */
import type { Pixels, Size } from '../../decode/pixels.ts';

export interface ClassifierInput {
  readonly pixels: Pixels;
  /** The picture's size before it was reduced, as it is shown. */
  readonly full: Size;
}

export function classifierInput(pixels: Pixels, full: Size): { input: ClassifierInput; transfer: Transferable[] } {
  const data = pixels.data.slice();
  return { input: { pixels: { ...pixels, data }, full }, transfer: [data.buffer] };
}
