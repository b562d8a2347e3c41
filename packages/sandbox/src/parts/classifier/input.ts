/** The input that the scanner sends the classifier for each picture: a reduced copy, which the worker overwrites with zeros. Spec: docs/design/sandbox.md#classifier */
import { type Pixels, reducedSize, type Size } from '../../decode/pixels.ts';
import { reduce, rowsOf } from '../../decode/reduce.ts';

export interface ClassifierInput {
  readonly pixels: Pixels;
  /** The picture's size before it was reduced, as it is shown. */
  readonly full: Size;
}

/** @param full the size before `pixels` were reduced, if they were */
export async function classifierInput(
  pixels: Pixels,
  full: Size,
): Promise<{ input: ClassifierInput; transfer: Transferable[] }> {
  const { width, height } = reducedSize(pixels);
  const isReduced = width === pixels.width && height === pixels.height;
  const copy = isReduced ? { ...pixels, data: pixels.data.slice() } : await reduce(rowsOf(pixels), full);
  return { input: { pixels: copy, full }, transfer: [copy.data.buffer] };
}
