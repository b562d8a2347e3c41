/** Charts as SVG that the server draws, each with its table. No script and no inline style, so the CSP needs no exception. Spec: docs/design/receiver.md#console */
import { html } from 'hono/html';
import type { Bar } from './figures.ts';
import type { Html } from './visit.ts';

const [WIDTH, HEIGHT] = [720, 160];

/** One column for each day, and the table below. */
export function columnChart(id: string, title: string, bars: readonly Bar[], head: readonly [string, string]): Html {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const step = WIDTH / Math.max(1, bars.length);
  const total = bars.reduce((sum, { count }) => sum + count, 0);
  return html`<figure class="card pad">
    <figcaption id="${id}">
      ${title} <small>${total.toLocaleString('en')} in all, at most ${most.toLocaleString('en')}</small>
    </figcaption>
    <svg class="columns" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}" preserveAspectRatio="none">
      ${bars.map(({ count }, i) => {
        const height = count === 0 ? 1 : Math.max(3, (count / most) * (HEIGHT - 4));
        return html`<rect
          class="${count === 0 ? 'none' : 'bar'}"
          x="${(i * step + 1.5).toFixed(1)}"
          y="${(HEIGHT - height).toFixed(1)}"
          width="${(step - 3).toFixed(1)}"
          height="${height.toFixed(1)}"
        />`;
      })}
    </svg>
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

/** A table whose rows have bars: chart and table are one. */
export function barTable(title: string, bars: readonly Bar[], head: readonly [string, string]): Html {
  const most = Math.max(1, ...bars.map(({ count }) => count));
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
              <td class="plot">
                <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                  <rect class="bar" width="${((100 * count) / most).toFixed(1)}" height="10" />
                </svg>
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
