/** Pictures of one pixel, to try what an engine's decoders do. Flow: image-decoder, image-bitmap, partial-frame → here. */

/** A half-transparent red pixel, as PNG. */
export const HALF_RED_PNG: Uint8Array<ArrayBuffer> = fromBase64(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DQAAAEgQGALFXOsAAAAABJRU5ErkJggg==',
);
/** Without the end of its pixels. */
export const CUT_PNG: Uint8Array<ArrayBuffer> = HALF_RED_PNG.slice(0, 50);
/** A white pixel, as GIF. */
export const ONE_PIXEL_GIF: Uint8Array<ArrayBuffer> = fromBase64('R0lGODdhAQABAIAAAP///////ywAAAAAAQABAAACAkQBADs=');

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
