/** Chart of two distributions: for each time, the share of observations up to it. The distance between the lines is the difference. */
import { html, type Html } from './html.ts';
import type { Tone } from './timeline.ts';

export interface Sample {
  name: string;
  tone: Tone;
  /** Seconds; Infinity for an event that was not observed, which keeps the line below 100 %. */
  values: readonly number[];
}

const WIDTH = 920;
const HEIGHT = 220;
const LEFT = 60;
const BOTTOM = 190;
const TOP = 12;

export function ecdf(label: string, samples: readonly Sample[]): Html {
  const most = Math.max(0.001, ...samples.flatMap(({ values }) => values.filter(Number.isFinite)));
  const x = (value: number): number => LEFT + (value / most) * (WIDTH - LEFT - 20);
  const y = (share: number): number => BOTTOM - share * (BOTTOM - TOP);
  const lines = samples.map(({ values, tone, name }, i) => {
    const sorted = values.toSorted((a, b) => a - b);
    const steps = sorted
      .filter(Number.isFinite)
      .map((value, at) => `H${x(value).toFixed(1)}V${y((at + 1) / sorted.length).toFixed(1)}`)
      .join('');
    return html`<path
      d="M${LEFT} ${BOTTOM}${steps}H${WIDTH - 20}"
      fill="none"
      stroke="var(--${tone})"
      stroke-width="2"
      ${i > 0 ? html` stroke-dasharray="6 3"` : ''}
      ><title>${name}</title></path
    >`;
  });
  const grid = [0, 0.5, 1].map(
    (share) =>
      html`<line class="line" x1="${LEFT}" x2="${WIDTH - 20}" y1="${y(share)}" y2="${y(share)}" /><text
          class="soft"
          x="${LEFT - 8}"
          y="${y(share) + 4}"
          text-anchor="end"
          >${share * 100} %</text
        >`,
  );
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (part) =>
      html`<text class="soft" x="${x(part * most)}" y="${BOTTOM + 20}" text-anchor="middle"
        >${(part * most).toFixed(1)} s</text
      >`,
  );
  const legend = samples.map(
    ({ name, tone, values }, i) =>
      html`<li>
        <svg width="34" height="10" viewBox="0 0 34 10" aria-hidden="true">
          <path
            d="M0 5H34"
            stroke="var(--${tone})"
            stroke-width="2"
            ${i > 0 ? html` stroke-dasharray="6 3"` : ''}
          /></svg
        >${name} (${observed(values)})
      </li>`,
  );
  return html`<figure>
    <div class="picture" tabindex="0" role="region" aria-label="Picture">
      <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">${grid}${lines}${ticks}</svg>
    </div>
    <ul class="legend">
      ${legend}
    </ul>
  </figure>`;
}

/** "12", or "9 of 12". */
function observed(values: readonly number[]): string {
  const finite = values.filter(Number.isFinite).length;
  return finite === values.length ? `${finite}` : `${finite} of ${values.length}`;
}
