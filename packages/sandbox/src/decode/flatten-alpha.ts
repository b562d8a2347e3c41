/** Blends transparent parts with white, as most viewers do: one rule for all formats, engines and decoders. Flow: image-decoder → here → reduce. Spec: docs/design/hashing.md#reduction */

/** Whether a decoder returns colours as stored, or already multiplied by alpha. */
export type AlphaForm = 'straight' | 'premultiplied';

/** Makes RGBA rows opaque, in place. */
export function flattenAlpha(rows: Uint8Array | Uint8ClampedArray, form: AlphaForm): void {
  for (let at = 0; at < rows.length; at += 4) {
    const alpha = rows[at + 3] as number;
    if (alpha === 255) continue;
    const factor = form === 'straight' ? alpha / 255 : 1;
    for (let i = at; i < at + 3; i++) rows[i] = Math.min(255, Math.round((rows[i] as number) * factor + 255 - alpha));
    rows[at + 3] = 255;
  }
}
