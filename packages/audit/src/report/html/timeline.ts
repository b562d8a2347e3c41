/** Timeline chart: one lane for each kind of traffic, one dot for each request. The size of a dot shows its bytes. */
import { bytes } from './section.ts';
import { html, type Html } from './html.ts';

/** Colours of the style sheet: a signed inputs, b unexplained, c signals, d the host's traffic, e the rest. */
export type Tone = 'a' | 'b' | 'c' | 'd' | 'e';

export interface Dot {
  lane: string;
  /** Milliseconds, of any clock. */
  at: number;
  bytes: number;
  title: string;
  tone: Tone;
}

export interface Timeline {
  /** Text alternative for screen readers. */
  label: string;
  lanes: readonly string[];
  dots: readonly Dot[];
  /** Events to mark, such as an attached picture. */
  moments?: readonly { at: number; label: string }[];
}

const WIDTH = 920;
const LEFT = 132;
const RIGHT = 16;
const LANE = 40;
const TOP = 26;

export function timeline({ label, lanes, dots, moments = [] }: Timeline): Html {
  const times = [...dots, ...moments].map(({ at }) => at);
  const from = Math.min(...times);
  const span = Math.max(...times, from + 1) - from;
  const x = (at: number): number => LEFT + ((at - from) / span) * (WIDTH - LEFT - RIGHT);
  const bottom = TOP + lanes.length * LANE;
  const lines = lanes.map((lane, i) => {
    const y = TOP + (i + 0.5) * LANE;
    return html`<line class="line" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}" /><text x="0" y="${y + 4}"
        >${lane}</text
      >`;
  });
  const stamps = moments.map(
    ({ at, label: text }, i) =>
      html`<line
          x1="${round(x(at))}"
          x2="${round(x(at))}"
          y1="14"
          y2="${bottom}"
          stroke="var(--soft)"
          stroke-dasharray="2 3"
          ><title>${text}</title></line
        ><text class="soft" x="${round(x(at))}" y="10" text-anchor="middle">${i + 1}</text>`,
  );
  const points = dots.map(
    ({ lane, at, bytes: size, title, tone }) =>
      html`<circle
        cx="${round(x(at))}"
        cy="${TOP + (lanes.indexOf(lane) + 0.5) * LANE}"
        r="${radius(size)}"
        fill="var(--${tone})"
        fill-opacity=".65"
        stroke="var(--${tone})"
        ><title>${title}</title></circle
      >`,
  );
  const steps = ticks(span).map(
    (ms) =>
      html`<line
          class="line"
          x1="${round(x(from + ms))}"
          x2="${round(x(from + ms))}"
          y1="${bottom}"
          y2="${bottom + 5}"
        /><text class="soft" x="${round(x(from + ms))}" y="${bottom + 19}" text-anchor="middle">${seconds(ms)}</text>`,
  );
  const key = moments.map(({ label: text }, i) => html`<li>${i + 1}: ${text}</li>`);
  return html`<figure>
    <div class="picture" tabindex="0" role="region" aria-label="Picture">
      <svg viewBox="0 0 ${WIDTH} ${bottom + 28}" role="img" aria-label="${label}">
        ${lines}${stamps}${points}${steps}
      </svg>
    </div>
    ${
      moments.length > 0
        ? html`<ol class="legend" aria-label="Dashed lines">
            ${key}
          </ol>`
        : ''
    }
    <figcaption class="soft">
      The size of a dot shows its bytes on a logarithmic scale (${[10, 1_000, 100_000].map(bytes).join(', ')}:
      <svg
        width="84"
        height="26"
        viewBox="0 0 84 26"
        aria-hidden="true"
        style="display:inline-block;vertical-align:middle"
      >
        ${[10, 1_000, 100_000].map((size, i) => html`<circle cx="${12 + i * 28}" cy="13" r="${radius(size)}" fill="var(--e)" />`)}</svg
      >).
    </figcaption>
  </figure>`;
}

function radius(size: number): number {
  return round(2.5 + 1.7 * Math.log10(1 + size));
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}

const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400, 604_800];
const MOST_TICKS = 10;

function ticks(spanMs: number): number[] {
  const step = 1_000 * (STEPS_S.find((seconds) => spanMs / (seconds * 1_000) <= MOST_TICKS) ?? 2_592_000);
  return Array.from({ length: Math.floor(spanMs / step) + 1 }, (_, i) => i * step);
}

function seconds(ms: number): string {
  if (ms < 120_000) return `${ms / 1_000} s`;
  if (ms < 2 * 3_600_000) return `${ms / 60_000} min`;
  return ms < 2 * 86_400_000 ? `${ms / 3_600_000} h` : `${ms / 86_400_000} d`;
}
