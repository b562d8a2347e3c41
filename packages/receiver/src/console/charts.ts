/** Charts as SVG that the server draws, each with its table; the yearly report has them as well. No script and no inline style, so the CSP needs no exception. Spec: docs/design/receiver.md#console */
import { html } from 'hono/html';
import type { Bar } from './figures.ts';
import type { Html } from './visit.ts';

const [WIDTH, HEIGHT] = [720, 160];

/** One column for each day, and the table below. */
export function columnChart(id: string, title: string, bars: readonly Bar[], head: readonly [string, string]): Html {
  const most = mostOf(bars.map(({ count }) => count));
  const total = bars.reduce((sum, { count }) => sum + count, 0);
  return html`<figure class="card pad">
    <figcaption id="${id}">
      ${title} <small>${total.toLocaleString('en')} in all, at most ${most.toLocaleString('en')}</small>
    </figcaption>
    ${columns(
      id,
      bars.map(({ count }) => count),
    )}
    <p class="axis" aria-hidden="true"><span>${bars[0]?.label ?? ''}</span><span>${bars.at(-1)?.label ?? ''}</span></p>
    <details>
      <summary>As a table</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">${head[0]}</th>
            <th scope="col" class="number">${head[1]}</th>
          </tr>
        </thead>
        <tbody>
          ${bars.map(
            ({ label, count }) =>
              html`<tr>
                <th scope="row">${label}</th>
                <td class="number">${count.toLocaleString('en')}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </details>
  </figure>`;
}

/** @param id of the element that names them. @param counts null for one that is hidden */
export function columns(id: string, counts: readonly (number | null)[]): Html {
  const most = mostOf(counts);
  const step = WIDTH / Math.max(1, counts.length);
  return html`<svg
    class="columns"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    role="img"
    aria-labelledby="${id}"
    preserveAspectRatio="none"
  >
    ${counts.map((count, i) => {
      const height = count ? Math.max(3, (count / most) * (HEIGHT - 4)) : 1;
      return html`<rect
        class="${count ? 'bar' : 'none'}"
        x="${(i * step + 1.5).toFixed(1)}"
        y="${(HEIGHT - height).toFixed(1)}"
        width="${(step - 3).toFixed(1)}"
        height="${height.toFixed(1)}"
      />`;
    })}
  </svg>`;
}

export function mostOf(counts: readonly (number | null)[]): number {
  return Math.max(1, ...counts.map((count) => count ?? 0));
}

/** The cell of a table's row. */
export function barCell(count: number | null, most: number): Html {
  return html`<td class="plot">
    <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect class="bar" width="${((100 * (count ?? 0)) / most).toFixed(1)}" height="10" />
    </svg>
  </td>`;
}

/** A table whose rows have bars: chart and table are one. */
export function barTable(title: string, bars: readonly Bar[], head: readonly [string, string]): Html {
  const most = mostOf(bars.map(({ count }) => count));
  return html`<div class="card scroll" role="region" aria-label="${title}" tabindex="0">
    <table class="bars">
      <caption>
        ${title}
      </caption>
      <thead>
        <tr>
          <th scope="col">${head[0]}</th>
          <th scope="col" class="number">${head[1]}</th>
          <td></td>
        </tr>
      </thead>
      <tbody>
        ${
          bars.length === 0
            ? html`<tr>
                <td colspan="3" class="soft">None.</td>
              </tr>`
            : ''
        }
        ${bars.map(
          ({ label, count }) =>
            html`<tr>
              <th scope="row">${label}</th>
              <td class="number">${count.toLocaleString('en')}</td>
              ${barCell(count, most)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
