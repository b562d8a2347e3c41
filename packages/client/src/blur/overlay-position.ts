/**
 * Keeps the panel over its picture without moving the picture: an absolutely positioned sibling takes no part in the parent's
 * layout, and scrolls and is clipped with it. Promise: it follows each change of size, of siblings and of parent before the
 * next paint (ResizeObserver, MutationObserver), and leaves the page with the picture. Spec: docs/design/client.md#blur
 */
import { setStyles } from './reversible-changes.ts';

export interface OverlayPosition {
  update(): void;
  /** Removes the panel and restores the parent. */
  stop(): void;
}

/** @param updated called after each update */
export function keepOver(element: HTMLElement, panel: HTMLElement, updated: () => void): OverlayPosition {
  const overlay = new Overlay(element, panel, updated);
  overlay.update();
  return overlay;
}

class Overlay implements OverlayPosition {
  readonly #element: HTMLElement;
  readonly #panel: HTMLElement;
  readonly #updated: () => void;
  readonly #sizes = new ResizeObserver(() => this.update());
  readonly #siblings = new MutationObserver(() => this.update());
  #parent: HTMLElement | null = null;
  #restoreParent: (() => void) | undefined;

  constructor(element: HTMLElement, panel: HTMLElement, updated: () => void) {
    this.#element = element;
    this.#panel = panel;
    this.#updated = updated;
  }

  update(): void {
    if (this.#parent !== this.#element.parentElement) this.#followParent();
    if (!this.#parent) return;
    if (this.#panel.parentElement !== this.#parent) this.#element.after(this.#panel);
    // The parent's computed position is known only while it is in the page.
    if (this.#parent.isConnected) this.#restoreParent ??= makePositioned(this.#parent);
    this.#align();
    this.#updated();
  }

  stop(): void {
    this.#sizes.disconnect();
    this.#siblings.disconnect();
    this.#panel.remove();
    this.#restoreParent?.();
    this.#restoreParent = undefined;
  }

  #followParent(): void {
    this.stop();
    this.#parent = this.#element.parentElement;
    this.#sizes.observe(this.#element); // also reports its return to the page
    if (!this.#parent) return;
    this.#sizes.observe(this.#parent);
    this.#siblings.observe(this.#parent, { childList: true });
  }

  #align(): void {
    const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = this.#element;
    this.#set({
      left: `${offsetLeft}px`,
      top: `${offsetTop}px`,
      width: `${offsetWidth}px`,
      height: `${offsetHeight}px`,
      radius: getComputedStyle(this.#element).borderRadius,
      // An element without a size shows no picture and offers nothing to press.
      visibility: offsetWidth > 0 && offsetHeight > 0 ? 'visible' : 'hidden',
    });
    // Engines do not all measure offsets from the origin of `left`: Firefox includes a scrollbar on the left.
    this.#set({
      left: `${2 * offsetLeft - this.#panel.offsetLeft}px`,
      top: `${2 * offsetTop - this.#panel.offsetTop}px`,
    });
  }

  #set(properties: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(properties)) this.#panel.style.setProperty(`--lodestone-${name}`, value);
  }
}

/** How many blurs need a parent positioned, and how to restore it. */
const positioned = new WeakMap<HTMLElement, { blurs: number; restore: () => void }>();

function makePositioned(parent: HTMLElement): () => void {
  const known = positioned.get(parent);
  if (!known && getComputedStyle(parent).position !== 'static') return () => undefined;
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
