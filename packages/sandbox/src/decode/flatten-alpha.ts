/** Blends transparent parts with a plain colour: one rule for all formats, engines and decoders. Flow: image-decoder → here → reduce. Spec: docs/design/hashing.md#transparency */

/** Whether a decoder returns colours as stored, or already multiplied by alpha. */
export type AlphaForm = 'straight' | 'premultiplied';

/** White is what most viewers show behind a picture; on black, what is drawn in white shows too. */
export type Background = 'white' | 'black';

/** Makes RGBA rows opaque, in place. @returns whether any of them was not */
export function flattenAlpha(rows: Uint8Array | Uint8ClampedArray, form: AlphaForm, background: Background): boolean {
  // Alpha is the upper byte: every browser runs on little-endian machines. Most of a sticker is wholly transparent or wholly opaque.
  const pixels = new Uint32Array(rows.buffer, rows.byteOffset, rows.length / 4);
  const plain = background === 'white' ? 0xffffffff : 0xff000000;
  let hadAlpha = false;
  for (let i = 0; i < pixels.length; i++) {
    const alpha = (pixels[i] as number) >>> 24;
    if (alpha === 255) continue;
    hadAlpha = true;
    if (alpha === 0) pixels[i] = plain;
    else blend(rows, i * 4, alpha, form, background);
  }
  return hadAlpha;
}

function blend(
  rows: Uint8Array | Uint8ClampedArray,
  at: number,
  alpha: number,
  form: AlphaForm,
  background: Background,
): void {
  const factor = form === 'straight' ? alpha / 255 : 1;
  const added = background === 'white' ? 255 - alpha : 0;
  for (let i = at; i < at + 3; i++) rows[i] = Math.min(255, Math.round((rows[i] as number) * factor + added));
  rows[at + 3] = 255;
}
