/** The bar that selects the visible part of the page on a narrow screen. */
import { button, element } from './element.ts';

const LABELS: Readonly<Record<string, string>> = { alice: 'Alice', bob: 'Bob', inspector: 'Inspector' };

export function viewSwitch(ids: readonly string[]): HTMLElement {
  const choices = ids.map((id) => button({}, () => turnTo(id), LABELS[id]));
  const turnTo = (chosen: string): void => {
    document.body.dataset['view'] = chosen;
    ids.forEach((id, i) => choices[i]?.setAttribute('aria-pressed', String(id === chosen)));
  };
  turnTo(ids[0] ?? '');
  return element('nav', { class: 'view-switch', 'aria-label': 'Part of the page' }, ...choices);
}
