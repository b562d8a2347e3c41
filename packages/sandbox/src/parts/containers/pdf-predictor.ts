/** Undoes the predictors of a deflated stream, in place. Flow: pdf → here. Spec: ISO 32000-1 §7.4.4.4, PNG §9.2 */

/** The numbers of `/DecodeParms`. */
export interface Predictor {
  readonly predictor: number;
  readonly colors: number;
  readonly bits: number;
  readonly columns: number;
}

/** @returns how long the data is then (what lies behind is zeros); undefined if the predictor is not known */
export function unpredict(data: Uint8Array, { predictor, colors, bits, columns }: Predictor): number | undefined {
  if (predictor === 1) return data.length;
  const rowBytes = Math.ceil((columns * colors * bits) / 8);
  if (!(rowBytes > 0)) return undefined;
  if (predictor >= 10) return unfilter(data, rowBytes, Math.max(1, (colors * bits) >> 3));
  if (predictor !== 2 || bits !== 8) return undefined;
  for (let start = 0; start < data.length; start += rowBytes) {
    const end = Math.min(start + rowBytes, data.length);
    for (let at = start + colors; at < end; at++) data[at] = (data[at] as number) + (data[at - colors] as number);
  }
  return data.length;
}

/** PNG's filters: each row moves over the byte that names its filter. @param back bytes from a sample to the one on its left */
function unfilter(data: Uint8Array, rowBytes: number, back: number): number {
  const height = Math.floor(data.length / (rowBytes + 1));
  for (let row = 0; row < height; row++) {
    const from = row * (rowBytes + 1);
    unfilterRow(data, data[from] as number, from + 1, row * rowBytes, rowBytes, back);
  }
  data.fill(0, height * rowBytes);
  return height * rowBytes;
}

function unfilterRow(data: Uint8Array, filter: number, from: number, to: number, rowBytes: number, back: number): void {
  const above = to === 0 ? -1 : to - rowBytes;
  if (filter === 0 || filter > 4) data.copyWithin(to, from, from + rowBytes);
  else
    for (let i = 0; i < rowBytes; i++) {
      const left = i < back ? 0 : (data[to + i - back] as number);
      const up = above < 0 ? 0 : (data[above + i] as number);
      let predicted = left;
      if (filter === 2) predicted = up;
      else if (filter === 3) predicted = (left + up) >> 1;
      else if (filter === 4)
        predicted = paeth(left, up, above < 0 || i < back ? 0 : (data[above + i - back] as number));
      data[to + i] = (data[from + i] as number) + predicted;
    }
}

function paeth(left: number, up: number, corner: number): number {
  const byLeft = Math.abs(up - corner);
  const byUp = Math.abs(left - corner);
  const byCorner = Math.abs(left + up - corner - corner);
  if (byLeft <= byUp && byLeft <= byCorner) return left;
  return byUp <= byCorner ? up : corner;
}
