/**
 * Keeps the panel over its picture without moving the picture: an absolutely placed sibling takes no part in the layout of
 * the parent, and scrolls and is clipped with it. It follows each change of size, of siblings and of parent before the next
 * paint (ResizeObserver), and goes when the picture is taken out of the page.
 */
import { setStyles } from './reversible-changes.ts';

export interface Placement {
  again(): void;
  end(): void;
}

/** @param moved called after each look at where the picture is */
export function keepOver(element: HTMLElement, panel: HTMLElement, moved: () => void): Placement {
  let parent: HTMLElement | null = null;
  let letGo: (() => void) | undefined;
  const sizes = new ResizeObserver(again);
  const siblings = new MutationObserver(again);

  function again(): void {
    if (parent !== element.parentElement) follow();
    if (!parent) return;
    if (panel.parentElement !== parent) element.after(panel);
    // What a parent's rules make of it is known once it is in the page.
    if (parent.isConnected) letGo ??= makePositioned(parent);
    const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = element;
    put({
      left: `${offsetLeft}px`,
      top: `${offsetTop}px`,
      width: `${offsetWidth}px`,
      height: `${offsetHeight}px`,
      radius: getComputedStyle(element).borderRadius,
      // Without a size there is no picture to see, and nothing to press.
      visibility: offsetWidth > 0 && offsetHeight > 0 ? 'visible' : 'hidden',
    });
    // Offsets are not everywhere counted from where `left` is: Firefox counts a scrollbar on the left, too.
    put({
      left: `${2 * offsetLeft - panel.offsetLeft}px`,
      top: `${2 * offsetTop - panel.offsetTop}px`,
    });
    moved();
  }

  function put(to: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(to)) panel.style.setProperty(`--lodestone-${name}`, value);
  }

  function follow(): void {
    end();
    parent = element.parentElement;
    sizes.observe(element); // tells also of its coming back
    if (!parent) return;
    sizes.observe(parent);
    siblings.observe(parent, { childList: true });
  }

  function end(): void {
    sizes.disconnect();
    siblings.disconnect();
    panel.remove();
    letGo?.();
    letGo = undefined;
  }

  again();
  return { again, end };
}

/** How many blurs need a parent positioned, and how to give it back. */
const positioned = new WeakMap<HTMLElement, { blurs: number; restore: () => void }>();

function makePositioned(parent: HTMLElement): () => void {
  const known = positioned.get(parent);
  if (!known && getComputedStyle(parent).position !== 'static') return () => {};
  const use = known ?? { blurs: 0, restore: setStyles(parent, { position: 'relative' }) };
  positioned.set(parent, use);
  use.blurs += 1;
  return () => {
    use.blurs -= 1;
    if (use.blurs > 0) return;
    positioned.delete(parent);
    use.restore();
  };
}
