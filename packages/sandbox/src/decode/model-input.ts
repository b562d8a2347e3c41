/**
 * The reduced picture as a classifier's input: a tensor of its sides, ready to be run. The arithmetic is the kernel's
 * (`assembly/model-input.ts`). Promise: not rounded to octets, since that alone can move a classifier's score by 0.07; the same bits
 * in every engine; the kernel's memory keeps nothing of a picture.
 */
import { LIMITS } from '@lodestone/protocol/limits';
import type { ModelInput } from '@lodestone/protocol/model';
import { kernel as base64 } from '../kernel.generated.ts';
import { offsetFor } from './pdq-grid.ts';
import type { Pixels, Size } from './pixels.ts';

/** What `assembly/model-input.ts` exports; addresses are bytes in `memory`. */
interface Kernel {
  readonly memory: WebAssembly.Memory;
  open(width: number, height: number, isPlanar: boolean, mostPixels: number): void;
  colours(): number;
  columns(): number;
  tensor(): number;
  picture(): number;
  pick(width: number, height: number, offsetX: number, offsetY: number): void;
}

/** @param full the picture's size before it was reduced, as it is shown: a reduced picture lies a little off, for PDQ's sake */
export type Picker = (pixels: Pixels, full: Size) => Float32Array<ArrayBuffer>;

/**
 * Takes all its memory here: 1 MiB for a picture and 12 octets for each pixel of the input, at most 4.3 MB.
 *
 * @param mostPixels of a picture
 * @throws {WebAssembly.RuntimeError | RangeError} where there is no memory for it
 */
export function createPicker(
  { width, height, layout, mean, scale }: ModelInput,
  mostPixels: number = LIMITS.hashSide ** 2,
): Picker {
  const module = new WebAssembly.Module(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  const kernel = new WebAssembly.Instance(module).exports as unknown as Kernel;
  kernel.open(width, height, layout === 'nchw', mostPixels);
  const { buffer } = kernel.memory;
  const octets = new Uint8Array(buffer);
  const tensor = new Float32Array(buffer, kernel.tensor(), width * height * 3);
  new Float32Array(buffer, kernel.colours(), 8).set([...mean, 0, ...scale, 0]);

  return (pixels, full) => {
    octets.set(pixels.data, kernel.picture());
    kernel.pick(
      pixels.width,
      pixels.height,
      offsetFor(full.width, pixels.width),
      offsetFor(full.height, pixels.height),
    );
    try {
      return tensor.slice();
    } finally {
      octets.fill(0, kernel.columns(), kernel.picture() + pixels.data.length);
    }
  };
}
