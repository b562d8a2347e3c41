/**
 * Changes to a host's elements, each with a function that undoes it. Styles are set by CSSOM, which no `style-src` blocks, and
 * property by property, so that the host's own changes in the meantime remain. Spec: docs/design/client.md#blur
 */

type Undo = () => void;

export function setStyles(
  element: HTMLElement,
  styles: Readonly<Record<string, string>>,
  priority: '' | 'important' = '',
): Undo {
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

export function setAttribute(element: HTMLElement, name: string, value: string): Undo {
  const before = element.getAttribute(name);
  element.setAttribute(name, value);
  return () => {
    if (before === null) element.removeAttribute(name);
    else element.setAttribute(name, before);
  };
}
