/** Flow chart: which part of the device sent how much to which server. Each stream has a label, so it reads without colour. */
import { bytes } from './section.ts';
import { html, type Html } from './html.ts';
import type { Tone } from './timeline.ts';

export interface Stream {
  from: string;
  to: string;
  requests: number;
  sentBytes: number;
  tone: Tone;
}

const WIDTH = 920;
const ROW = 46;
const TOP = 10;
const BOX = 250;

/** Groups the streams by source. */
export function flow(label: string, streams: readonly Stream[]): Html {
  const sorted = [...streams].sort((a, b) => a.from.localeCompare(b.from));
  const sources = [...new Set(sorted.map(({ from }) => from))];
  const arrows = sorted.map(({ to, requests, sentBytes, tone }, i) => {
    const y = TOP + i * ROW + ROW / 2;
    const width = Math.max(1.5, 1.6 * Math.log10(1 + sentBytes));
    const words = `${requests.toLocaleString('en')} ${requests === 1 ? 'request' : 'requests'}, ${bytes(sentBytes)}`;
    return html`<line
        x1="${BOX}"
        x2="${WIDTH - BOX - 10}"
        y1="${y}"
        y2="${y}"
        stroke="var(--${tone})"
        stroke-width="${width.toFixed(1)}"
      /><path d="M${WIDTH - BOX - 10} ${y - 7} l10 7 l-10 7 z" fill="var(--${tone})" /><text
        x="${WIDTH / 2}"
        y="${y - 9}"
        text-anchor="middle"
        >${words}</text
      ><text x="${WIDTH - BOX + 8}" y="${y + 4}">${short(to)}<title>${to}</title></text>`;
  });
  const boxes = sources.map((source) => {
    const first = sorted.findIndex(({ from }) => from === source);
    const height = sorted.filter(({ from }) => from === source).length * ROW - 10;
    const y = TOP + first * ROW + 5;
    return html`<rect
        x="1"
        y="${y}"
        width="${BOX - 8}"
        height="${height}"
        rx="8"
        fill="var(--card)"
        stroke="var(--line)"
      /><text x="14" y="${y + height / 2 + 4}">${source}</text>`;
  });
  return html`<figure>
    <div class="picture" tabindex="0" role="region" aria-label="Picture">
      <svg viewBox="0 0 ${WIDTH} ${TOP * 2 + sorted.length * ROW}" role="img" aria-label="${label}">
        ${boxes}${arrows}
      </svg>
    </div>
  </figure>`;
}

/** Cut to the space next to an arrow. The title and the table below have the whole address. */
function short(to: string): string {
  const plain = to.replace(/^https:\/\//, '');
  return plain.length <= 38 ? plain : `${plain.slice(0, 37)}…`;
}
