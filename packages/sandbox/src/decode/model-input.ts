/**
 * Turns the reduced picture into a model's input tensor. The arithmetic is in the kernel (`assembly/model-input.ts`).
 * Promise: values are not rounded to bytes, which alone can move a score by 0.07; every engine gives the same bits; the kernel's
 * memory keeps nothing of a picture. Spec: docs/design/sandbox.md#classifier
 */
import { LIMITS } from '@lodestone/protocol/limits';
import type { ModelInput } from '@lodestone/protocol/model';
import { kernel as base64 } from '../kernel.generated.ts';
import { offsetFor } from './pdq-grid.ts';
import type { Pixels, Size } from './pixels.ts';

/** The exports of `assembly/model-input.ts`; addresses are byte offsets in `memory`. */
interface Kernel {
  readonly memory: WebAssembly.Memory;
  open(width: number, height: number, isPlanar: boolean, maxPixels: number): void;
  colours(): number;
  columns(): number;
  tensor(): number;
  picture(): number;
  fillTensor(width: number, height: number, offsetX: number, offsetY: number): void;
}

/** @param full the picture's size before it was reduced, as it is shown: reduction shifts a picture slightly, to suit PDQ */
export type ToModelInput = (pixels: Pixels, full: Size) => Float32Array<ArrayBuffer>;

/**
 * Allocates all its memory: 1 MiB for a picture and 12 bytes for each pixel of the input, at most 4.3 MB.
 *
 * @param maxPixels the largest picture that it accepts
 * @throws {WebAssembly.RuntimeError | RangeError} if there is not enough memory
 */
export function createModelInput(
  { width, height, layout, mean, scale }: ModelInput,
  maxPixels: number = LIMITS.hashSide ** 2,
): ToModelInput {
  const module = new WebAssembly.Module(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  const kernel = new WebAssembly.Instance(module).exports as unknown as Kernel;
  kernel.open(width, height, layout === 'nchw', maxPixels);
  const { buffer } = kernel.memory;
  const bytes = new Uint8Array(buffer);
  const tensor = new Float32Array(buffer, kernel.tensor(), width * height * 3);
  new Float32Array(buffer, kernel.colours(), 8).set([...mean, 0, ...scale, 0]);

  return (pixels, full) => {
    bytes.set(pixels.data, kernel.picture());
    kernel.fillTensor(
      pixels.width,
      pixels.height,
      offsetFor(full.width, pixels.width),
      offsetFor(full.height, pixels.height),
    );
    try {
      return tensor.slice();
    } finally {
      bytes.fill(0, kernel.columns(), kernel.picture() + pixels.data.length);
    }
  };
}
