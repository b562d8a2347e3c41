/** Transparent parts are laid on white, as most viewers show them: one rule for all formats, engines and decode paths. */

/** What a decoder's colours are: as stored, or already multiplied by alpha. */
export type AlphaForm = 'straight' | 'multiplied';

/** Makes RGBA rows opaque, in place. */
export function layOnWhite(rows: Uint8Array, form: AlphaForm): void {
  for (let at = 0; at < rows.length; at += 4) {
    const alpha = rows[at + 3] as number;
    if (alpha === 255) continue;
    const share = form === 'straight' ? alpha / 255 : 1;
    for (let i = at; i < at + 3; i++) rows[i] = Math.min(255, Math.round((rows[i] as number) * share + 255 - alpha));
    rows[at + 3] = 255;
  }
}
