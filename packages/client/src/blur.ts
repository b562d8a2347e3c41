/**
 * `@lodestone/client/blur`: how a host draws the outcome `sensitive` (and a `warn` or `block` of any kind) over a picture:
 * blurred, with a panel that says why, shows it anyway, hides it again, and tells where to find help. Only a person shows it:
 * there is no call for that. Plain DOM, no dependency, works under `style-src 'self'`. Spec: DESIGN §3 (blur is how a host
 * draws `warn`), §4 (`help`); after Apple's SensitiveContentAnalysis: do not look, find help.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { type Concealment, conceal } from './blur/conceal.ts';
import { buildPanel } from './blur/panel.ts';
import { keepOver } from './blur/place.ts';
import { ENGLISH_WORDS, type SensitiveHelp, type SensitiveWords } from './blur/words.ts';

export { ENGLISH_WORDS, type SensitiveHelp, type SensitiveWords } from './blur/words.ts';

export interface SensitiveOptions {
  /**
   * The check's action. "warn" lets the person show the picture; "block" does not, and says `words.blocked`.
   * Default "warn".
   */
  action?: 'warn' | 'block' | undefined;
  /** Shown in this order, under `words.help`; default none. Give those of the orders in force. */
  help?: readonly SensitiveHelp[] | undefined;
  /** The whole set, in the language of the page around the picture. Default `ENGLISH_WORDS`. */
  words?: SensitiveWords | undefined;
  /** After the person has chosen to see it. */
  onShown?: (() => void) | undefined;
  /** After it is blurred again, by the person or by `hide`. */
  onHidden?: (() => void) | undefined;
}

export interface SensitiveBlur extends Disposable {
  /** Whether the person has chosen to see it. */
  readonly shown: boolean;
  /** Blurs it again, as when the app is left. Does nothing where it is blurred, or after `remove`. */
  hide(): void;
  /** Takes the blur away for good, and gives the element back as it was. */
  remove(): void;
}

const blurred = new WeakSet<HTMLElement>();

/**
 * Blurs an element that shows a picture, from the moment of the call: call it in the task that puts the element into the
 * page, and the picture is never painted. A link or button around the picture is blurred as a whole: give that one.
 *
 * The element stays where it is, as large as it is. What is set on it while it is blurred, and taken back with it: `inert`,
 * `aria-hidden`, and `filter`, `clip-path` and `transition` by CSSOM. Video and sound in it are held. The panel is one
 * absolutely placed sibling behind it, styled by a constructable style sheet; where the parent is not positioned, it
 * becomes `position: relative`. Host styles reach the panel by `::part`: blur, icon, heading, sentence, show, help, hide.
 *
 * @param element has a parent element; best a frame of its own, since the panel is placed within it
 * @throws {LodestoneError} `ERR_OPTIONS` that names what is wrong
 * @example
 * const blur = blurSensitive(image, { action: check.action, help: orders.flatMap(({ order }) => order.help) });
 * blur.remove();
 */
export function blurSensitive(element: HTMLElement, options: SensitiveOptions = {}): SensitiveBlur {
  const { action, help, words, onShown, onHidden } = checked(element, options);
  const hadFocus = element.contains(element.ownerDocument.activeElement);
  let concealment: Concealment | undefined = conceal(element);
  let gone = false;
  blurred.add(element);

  const panel = buildPanel(element.ownerDocument, { canShow: action === 'warn', help, words, show, hide });
  const place = keepOver(element, panel.host, () => concealment?.fit());
  if (hadFocus) panel.focusOnBlur();
  return {
    get shown() {
      return concealment === undefined;
    },
    hide,
    remove,
    [Symbol.dispose]: remove,
  };

  function show(): void {
    concealment?.end();
    concealment = undefined;
    panel.turn('shown');
    onShown?.();
  }

  function hide(): void {
    if (gone || concealment) return;
    const focusGoes = element.contains(element.ownerDocument.activeElement);
    concealment = conceal(element);
    place.again();
    panel.turn('blurred');
    if (focusGoes) panel.focusOnBlur();
    onHidden?.();
  }

  function remove(): void {
    if (gone) return;
    gone = true;
    concealment?.end();
    concealment = undefined;
    const focusGoes = panel.hasFocus();
    place.end();
    blurred.delete(element);
    if (focusGoes) element.focus({ preventScroll: true }); // where it can have it
  }
}

interface Checked extends SensitiveOptions {
  action: 'warn' | 'block';
  help: readonly SensitiveHelp[];
  words: SensitiveWords;
}

function checked(element: unknown, given: SensitiveOptions): Checked {
  const { action = 'warn', help = [], words = ENGLISH_WORDS, onShown, onHidden } = given;
  if (!isHtmlElement(element)) throw wrong('element', 'is not an HTML element');
  if (!element.parentElement) throw wrong('element', 'has no parent element: put it into its place first');
  if (blurred.has(element)) throw wrong('element', 'is blurred already');
  if (action !== 'warn' && action !== 'block') throw wrong('action', 'is neither "warn" nor "block"');
  if (!Array.isArray(help)) throw wrong('help', 'is not an array');
  for (const [i, entry] of help.entries())
    if (!isHelp(entry)) throw wrong(`help[${i}]`, 'has no name, or no https or http url and no phone');
  for (const key of Object.keys(ENGLISH_WORDS) as (keyof SensitiveWords)[]) {
    const text: unknown = words[key];
    if (typeof text !== 'string' || text.trim() === '') throw wrong(`words.${key}`, 'is empty or missing');
  }
  for (const [name, value] of Object.entries({ onShown, onHidden })) {
    if (value !== undefined && typeof value !== 'function') throw wrong(name, 'is not a function');
  }
  return { action, help, words, onShown, onHidden };
}

/** Also one of another frame's document, whose constructors are not this page's. */
function isHtmlElement(value: unknown): value is HTMLElement {
  return typeof value === 'object' && value !== null && 'nodeType' in value && value.nodeType === 1 && 'inert' in value;
}

function isHelp(value: unknown): value is SensitiveHelp {
  if (typeof value !== 'object' || value === null || !('name' in value)) return false;
  if (typeof value.name !== 'string' || value.name.trim() === '') return false;
  if ('phone' in value) return typeof value.phone === 'string' && /^[+0-9 ()-]{2,32}$/.test(value.phone);
  return 'url' in value && typeof value.url === 'string' && /^https?:\/\/./i.test(value.url) && URL.canParse(value.url);
}

function wrong(what: string, why: string): LodestoneError {
  return new LodestoneError('ERR_OPTIONS', `blurSensitive: ${what} ${why}`);
}
