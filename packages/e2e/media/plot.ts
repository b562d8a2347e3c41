/** A histogram as SVG: how many photographs drift by how many bits in one engine. Pure; plain shapes, readable on light and dark pages. */
import { type Figures, meanOf } from './figures.ts';

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [640, 220, 46, 40, 34];
const STYLE = `text{font:13px system-ui,sans-serif;fill:#333}.bar{fill:#2a6fb0}.line{stroke:#888;stroke-width:1}.limit{stroke:#b3261e;stroke-width:1.5;stroke-dasharray:5 4}
@media (prefers-color-scheme:dark){text{fill:#ddd}.bar{fill:#7ab8f5}.line{stroke:#777}.limit{stroke:#ff8a80}}`;
/** Bits on the axis; hashes differ by even numbers of bits, since half of a hash's bits are ones. */
const BITS = 16;
const LIMIT = 4;

export function plotOf(engine: string, { version, all }: Figures): string {
  const shares = Array.from({ length: BITS + 1 }, (_, bits) => {
    const count =
      bits < BITS ? (all.counts[bits] ?? 0) : all.counts.slice(BITS).reduce((a, b) => a + b, 0) + all.further;
    return count / all.pictures;
  });
  const step = (WIDTH - LEFT - 10) / (BITS + 1);
  const bottom = HEIGHT - BOTTOM;
  const bars = shares.map((share, bits) => {
    const height = share * (bottom - TOP);
    const x = LEFT + bits * step;
    const label =
      share > 0
        ? `<text x="${(x + step / 2).toFixed(1)}" y="${(bottom - height - 4).toFixed(1)}" text-anchor="middle">${percent(share)}</text>`
        : '';
    const tick = `<text x="${(x + step / 2).toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${bits === BITS ? `${BITS}+` : bits}</text>`;
    return `<rect class="bar" x="${(x + 3).toFixed(1)}" y="${(bottom - height).toFixed(1)}" width="${(step - 6).toFixed(1)}" height="${height.toFixed(1)}"/>${label}${tick}`;
  });
  const limit = LEFT + (LIMIT + 1) * step;
  const title = `${engine} ${version}: ${all.pictures} photographs, ${meanOf(all).toFixed(2)} bits on average`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
<style>${STYLE}</style>
<text x="${LEFT}" y="16">${title}</text>
<line class="line" x1="${LEFT}" y1="${bottom}" x2="${WIDTH - 10}" y2="${bottom}"/>
<line class="limit" x1="${limit}" y1="${TOP - 8}" x2="${limit}" y2="${bottom}"/>
${bars.join('\n')}
<text x="${LEFT}" y="${HEIGHT - 6}">bits between the sandbox’s hash and the reference’s; dashed: the limit of ${LIMIT}</text>
</svg>
`;
}

function percent(share: number): string {
  return share < 0.01 ? '<1 %'.replace('<', '&lt;') : `${Math.round(share * 100)} %`;
}
