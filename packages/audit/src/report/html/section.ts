/** Report sections: the tables, charts and texts that support the claims. */
import { type Content, html, type Html } from './html.ts';

export interface Section {
  title: string;
  /** One or two sentences on how to read the section. */
  about?: string;
  body: Html;
}

export interface Column {
  head: string;
  /** Numbers are aligned right. */
  number?: boolean;
}

/** A heading above rows that belong together. */
export interface RowGroup {
  group: string;
}

/** On a narrow screen each row becomes a card whose cells show their column's name. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Content[] | RowGroup)[],
): Html {
  const heads = columns.map(
    ({ head, number }) => html`<th scope="col" ${number ? html` class="number"` : ''}>${head}</th>`,
  );
  const body = rows.map((row) => {
    if ('group' in row)
      return html`<tr class="group">
        <th scope="rowgroup" colspan="${columns.length}">${row.group}</th>
      </tr> `;
    const line = row.map((cell, i) => {
      const column = columns[i];
      return html`<td data-head="${column?.head}" ${column?.number ? html` class="number"` : ''}>
        <div>${cell}</div>
      </td>`;
    });
    return html`<tr>
      ${line}
    </tr> `;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

export function code(text: string): Html {
  return html`<pre tabindex="0"><code>${text}</code></pre>`;
}

/** A long text: collapsed on the screen, expanded on paper. */
export function folded(summary: string, body: Html): Html {
  return html`<details>
    <summary>${summary}</summary>
    ${body}
  </details>`;
}

/** A whole digest, which may wrap. */
export function digest(hex: string): Html {
  return html`<span class="digest">${hex}</span>`;
}

export function bytes(many: number): string {
  if (many < 10_000) return `${many.toLocaleString('en')} B`;
  return many < 10_000_000 ? `${Math.round(many / 1_000).toLocaleString('en')} kB` : `${(many / 1e6).toFixed(1)} MB`;
}
