/**
 * `@lodestone/client/blur`: hides a picture whose check returns `warn` or `block` under a blur, with a panel that states why, reveals
 * it, hides it again and lists help. Only the user can reveal it: no method does. Plain DOM without dependencies; works under
 * `style-src 'self'`. Spec: docs/design/client.md#blur, after Apple's SensitiveContentAnalysis
 * @module @lodestone/client/blur
 */
import { type BlurOptions, checkBlurOptions, MAY_REVEAL, wrong } from './blur/blur-options.ts';
import { type HiddenElement, hideElement } from './blur/hide-element.ts';
import { keepOver, type OverlayPosition } from './blur/overlay-position.ts';
import { buildPanel, type Panel } from './blur/panel.ts';
import type { MaybeDisposable } from './maybe-disposable.ts';

export type { BlurAction, BlurOptions } from './blur/blur-options.ts';
export { type BlurLabels, ENGLISH_LABELS, type HelpEntry } from './blur/labels.ts';

export interface SensitiveBlur extends MaybeDisposable {
  /** Whether the user has revealed the picture. */
  readonly isRevealed: boolean;
  /** Blurs the picture again, for example when the app loses the focus. Does nothing if it is blurred, or after `remove`. */
  hide(): void;
  /** Removes the blur and restores the element. */
  remove(): void;
}

/**
 * Blurs an element that shows a picture, immediately: call it in the task that adds the element to the page, and the picture is
 * never painted unblurred. If a link or button is around the picture, pass the link or button.
 *
 * The element keeps its place and size. While it is blurred, these are set on it, and undone by `remove`: `inert`,
 * `aria-hidden`, and the styles `filter`, `clip-path` and `transition`. Video and sound in it are paused. The panel is one
 * absolutely positioned sibling after it; if the parent is not positioned, it becomes `position: relative`. The host's styles
 * reach the panel by `::part`: blur, icon, heading, sentence, show, help, hide.
 *
 * @param element must have a parent element, best a frame around the picture only, because the panel is placed inside it
 * @throws {LodestoneError} `ERR_OPTIONS`, which names the wrong option
 * @example
 * const blur = blurSensitive(image, { action: check.action, help: orders.flatMap(({ order }) => order.help) });
 * blur.remove();
 */
export function blurSensitive(element: HTMLElement, options: BlurOptions = {}): SensitiveBlur {
  const blur = new Blur(element, options);
  return {
    get isRevealed() {
      return blur.isRevealed;
    },
    hide: () => blur.hide(),
    remove: () => blur.remove(),
    [Symbol.dispose]: () => blur.remove(),
  };
}

const blurred = new WeakSet<HTMLElement>();

class Blur {
  readonly #element: HTMLElement;
  readonly #callbacks: Pick<BlurOptions, 'onReveal' | 'onHide'>;
  readonly #panel: Panel;
  readonly #position: OverlayPosition;
  #state: { name: 'hidden'; hidden: HiddenElement } | { name: 'revealed' } | { name: 'removed' };

  constructor(element: HTMLElement, options: BlurOptions) {
    const { action, help, labels, ...callbacks } = checkBlurOptions(element, options);
    if (blurred.has(element)) throw wrong('element', 'is blurred already: call `remove` of its blur first');
    blurred.add(element);
    const hadFocus = hasFocus(element);
    this.#element = element;
    this.#callbacks = callbacks;
    this.#state = { name: 'hidden', hidden: hideElement(element) };
    this.#panel = buildPanel(element.ownerDocument, {
      canReveal: MAY_REVEAL[action],
      help,
      labels,
      reveal: () => this.#reveal(),
      hide: () => this.hide(),
    });
    this.#position = keepOver(element, this.#panel.host, () => {
      if (this.#state.name === 'hidden') this.#state.hidden.fit();
    });
    if (hadFocus) this.#panel.focusBlur();
  }

  get isRevealed(): boolean {
    return this.#state.name !== 'hidden';
  }

  hide(): void {
    if (this.#state.name !== 'revealed') return;
    const hadFocus = hasFocus(this.#element);
    this.#state = { name: 'hidden', hidden: hideElement(this.#element) };
    this.#position.update();
    this.#panel.setRevealed(false);
    if (hadFocus) this.#panel.focusBlur();
    this.#callbacks.onHide?.();
  }

  remove(): void {
    if (this.#state.name === 'removed') return;
    this.#restore();
    this.#state = { name: 'removed' };
    const hadFocus = this.#panel.hasFocus();
    this.#position.stop();
    blurred.delete(this.#element);
    if (hadFocus) this.#element.focus({ preventScroll: true }); // has no effect if the element is not focusable
  }

  #reveal(): void {
    this.#restore();
    this.#state = { name: 'revealed' };
    this.#panel.setRevealed(true);
    this.#callbacks.onReveal?.();
  }

  #restore(): void {
    if (this.#state.name === 'hidden') this.#state.hidden.restore();
  }
}

function hasFocus(element: HTMLElement): boolean {
  return element.contains(element.ownerDocument.activeElement);
}
