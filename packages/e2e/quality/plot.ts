/** The plots of the quality report as SVG: recall of each edit, and distances of different photographs. Pure; readable on light and dark pages. */
import { DISTANCES, type QualityFigures } from './figures.ts';

const STYLE = `text{font:13px system-ui,sans-serif;fill:#333}.plain{fill:#9db8d2}.all{fill:#2a6fb0}.line{stroke:#888;stroke-width:1}.limit{stroke:#b3261e;stroke-width:1.5;stroke-dasharray:5 4}
@media (prefers-color-scheme:dark){text{fill:#ddd}.plain{fill:#51687f}.all{fill:#7ab8f5}.line{stroke:#777}.limit{stroke:#ff8a80}}`;
const WIDTH = 760;
/** The last of DISTANCES is the usual one. */
const USUAL = DISTANCES.length - 1;
/** In bits. */
const LIMIT = DISTANCES[USUAL] as number;

function svg(height: number, title: string, body: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">
<style>${STYLE}</style>
<text x="10" y="18">${title}</text>
${body.join('\n')}
</svg>
`;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** For each edit a bar of the own hash, and one of the own hash and all variants. */
export function recallPlot({ photographs, edits }: QualityFigures): string {
  const [left, row, top] = [400, 20, 34]; // the longest label has 54 characters
  const scale = (WIDTH - left - 60) / photographs;
  const bars = edits.flatMap(({ group, name, found }, i) => {
    const y = top + i * row;
    const [plain, all] = [found.plain[USUAL] ?? 0, found.all[USUAL] ?? 0];
    return [
      `<text x="${left - 8}" y="${y + 13}" text-anchor="end">${escaped(`${group}: ${name}`)}</text>`,
      `<rect class="all" x="${left}" y="${y + 3}" width="${(all * scale).toFixed(1)}" height="13"/>`,
      `<rect class="plain" x="${left}" y="${y + 3}" width="${(plain * scale).toFixed(1)}" height="13"/>`,
      `<text x="${(left + all * scale + 5).toFixed(1)}" y="${y + 14}">${percent(all / photographs)}</text>`,
    ];
  });
  const title = `Found at distance ${LIMIT}, of ${photographs} photographs: light, by the picture’s own hash; dark, with variants`;
  return svg(top + edits.length * row + 10, title, bars);
}

export function percent(share: number): string {
  const most = 100 * share;
  return `${most.toFixed(most > 95 && most < 100 ? 1 : 0)} %`;
}

/** Two histograms on a logarithmic axis: pairs by their distance, of the own hashes and of the nearest variant. */
export function differentPlot({ others }: QualityFigures): string {
  const [left, bottom, top, height] = [60, 250, 40, 290];
  const pairs = others.plain.reduce((sum, count) => sum + count, 0);
  const last = Math.max(others.plain.length, others.all.length);
  const step = (WIDTH - left - 20) / last;
  const decades = Math.ceil(Math.log10(pairs));
  const tall = (count: number): number => ((bottom - top) * Math.log10(count + 1)) / decades;
  const bars = (['all', 'plain'] as const).flatMap((column) =>
    others[column].map((count, bits) =>
      count === 0
        ? ''
        : `<rect class="${column}" x="${(left + bits * step).toFixed(1)}" y="${(bottom - tall(count)).toFixed(1)}" width="${Math.max(1, step * (column === 'all' ? 1.8 : 1)).toFixed(1)}" height="${tall(count).toFixed(1)}"/>`,
    ),
  );
  const ticks = Array.from({ length: Math.floor(last / 16) + 1 }, (_, i) => 16 * i).map(
    (bits) => `<text x="${(left + bits * step).toFixed(1)}" y="${bottom + 17}" text-anchor="middle">${bits}</text>`,
  );
  const levels = Array.from({ length: decades }, (_, i) => 10 ** i).map(
    (count) =>
      `<text x="${left - 6}" y="${(bottom - tall(count) + 4).toFixed(1)}" text-anchor="end">${count.toLocaleString('en-US')}</text>`,
  );
  const limit = (left + (LIMIT + 1) * step).toFixed(1);
  return svg(
    height,
    `Pairs of different photographs by distance in bits: light, own hashes; dark, the nearest variant; dashed, ${LIMIT}`,
    [
      ...bars.filter((bar) => bar !== ''),
      `<line class="line" x1="${left}" y1="${bottom}" x2="${WIDTH - 20}" y2="${bottom}"/>`,
      `<line class="limit" x1="${limit}" y1="${top - 8}" x2="${limit}" y2="${bottom}"/>`,
      ...ticks,
      ...levels,
    ],
  );
}
