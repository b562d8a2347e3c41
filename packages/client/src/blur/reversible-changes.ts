/**
 * What a blur sets on elements of the host, each with how to give it back. Styles by CSSOM, which no `style-src` forbids,
 * and property by property, so that what the host changes meanwhile stays.
 */

export function setStyles(
  element: HTMLElement,
  styles: Readonly<Record<string, string>>,
  priority: '' | 'important' = '',
): () => void {
  const { style } = element;
  const hadAttribute = element.hasAttribute('style');
  const before = Object.keys(styles).map(
    (name) => [name, style.getPropertyValue(name), style.getPropertyPriority(name)] as const,
  );
  for (const [name, value] of Object.entries(styles)) style.setProperty(name, value, priority);
  return () => {
    for (const [name, value, oldPriority] of before) {
      if (value) style.setProperty(name, value, oldPriority);
      else style.removeProperty(name);
    }
    if (!hadAttribute && element.getAttribute('style') === '') element.removeAttribute('style');
  };
}

export function setAttribute(element: HTMLElement, name: string, value: string): () => void {
  const before = element.getAttribute(name);
  element.setAttribute(name, value);
  return () => {
    if (before === null) element.removeAttribute(name);
    else element.setAttribute(name, before);
  };
}
