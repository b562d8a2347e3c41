/** What a decoder gives. Flow: image-decoder, image-bitmap → still → look-up-still. Spec: docs/design/hashing.md#formats */
import type { Pixels, Size } from './pixels.ts';

/** A picture as an engine shows it, as it is hashed: with all its pixels, or reduced. */
export interface Looks {
  /** On white. */
  readonly pixels: Pixels;
  /** On black, if parts of the picture are transparent. */
  readonly onBlack?: Pixels;
  /** The size before it was reduced, as it is shown. */
  readonly full: Size;
  /** False if the engine shows a part of it. */
  readonly isWhole: boolean;
}
