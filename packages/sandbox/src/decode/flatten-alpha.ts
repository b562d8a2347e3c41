/** Blends transparent parts with a plain colour: one rule for all formats, engines and decoders. Flow: image-decoder → here → reduce. Spec: docs/design/hashing.md#transparency */

/** Whether a decoder returns colours as stored, or already multiplied by alpha. */
export type AlphaForm = 'straight' | 'premultiplied';

/** White is what most viewers show behind a picture; on black, what is drawn in white shows too. */
export type Background = 'white' | 'black';

/** Makes RGBA rows opaque, in place. @returns whether any of them was not */
export function flattenAlpha(rows: Uint8Array | Uint8ClampedArray, form: AlphaForm, background: Background): boolean {
  let hadAlpha = false;
  for (let at = 0; at < rows.length; at += 4) {
    const alpha = rows[at + 3] as number;
    if (alpha === 255) continue;
    hadAlpha = true;
    const factor = form === 'straight' ? alpha / 255 : 1;
    const added = background === 'white' ? 255 - alpha : 0;
    for (let i = at; i < at + 3; i++) rows[i] = Math.min(255, Math.round((rows[i] as number) * factor + added));
    rows[at + 3] = 255;
  }
  return hadAlpha;
}
