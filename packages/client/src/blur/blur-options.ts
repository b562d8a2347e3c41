/** The options of `blurSensitive`, and their validation: a wrong option must leave the page unchanged. Spec: docs/design/client.md#blur */
import { LodestoneError } from '@lodestone/protocol/error';
import type { Action } from '@lodestone/protocol/surface';
import { type BlurLabels, ENGLISH_LABELS, type HelpEntry } from './labels.ts';

export type BlurAction = Exclude<Action, 'allow'>;

/** Whether the user may reveal the picture. */
export const MAY_REVEAL: Readonly<Record<BlurAction, boolean>> = { warn: true, block: false };

export interface BlurOptions {
  /**
   * The check's action. With "warn" the user may reveal the picture; with "block" not, and the panel shows `labels.blocked`.
   * Default "warn".
   */
  action?: BlurAction | undefined;
  /** Shown in this order, under `labels.help`. Give the entries of the orders in force. Default: no help. */
  help?: readonly HelpEntry[] | undefined;
  /** All texts, in the language of the page around the picture. Default `ENGLISH_LABELS`. */
  labels?: BlurLabels | undefined;
  /** Called after the user has revealed the picture. */
  onReveal?: (() => void) | undefined;
  /** Called after the picture is blurred again, by the user or by `hide`. */
  onHide?: (() => void) | undefined;
}

export interface CheckedBlurOptions extends BlurOptions {
  action: BlurAction;
  help: readonly HelpEntry[];
  labels: BlurLabels;
}

/** @throws {LodestoneError} `ERR_OPTIONS`, which names the option */
export function checkBlurOptions(element: unknown, options: BlurOptions): CheckedBlurOptions {
  const { action = 'warn', help = [], labels = ENGLISH_LABELS, onReveal, onHide } = options;
  if (!isHtmlElement(element)) throw wrong('element', 'is not an HTML element');
  if (!element.parentElement) throw wrong('element', 'has no parent element: add it to its parent first');
  if (!Object.hasOwn(MAY_REVEAL, action)) throw wrong('action', `is not one of ${Object.keys(MAY_REVEAL).join(', ')}`);
  if (!Array.isArray(help)) throw wrong('help', 'is not an array');
  for (const [i, entry] of help.entries())
    if (!isHelpEntry(entry)) throw wrong(`help[${i}]`, 'needs a name, and a phone number or a url with http or https');
  for (const key of Object.keys(ENGLISH_LABELS) as (keyof BlurLabels)[]) {
    const text: unknown = labels[key];
    if (typeof text !== 'string' || text.trim() === '') throw wrong(`labels.${key}`, 'is empty or missing');
  }
  for (const [name, value] of Object.entries({ onReveal, onHide })) {
    if (value !== undefined && typeof value !== 'function') throw wrong(name, 'is not a function');
  }
  return { action, help, labels, onReveal, onHide };
}

export function wrong(what: string, why: string): LodestoneError {
  return new LodestoneError('ERR_OPTIONS', `blurSensitive: ${what} ${why}`);
}

/** Also accepts an element of another frame's document, whose constructors are not this page's. */
function isHtmlElement(value: unknown): value is HTMLElement {
  return typeof value === 'object' && value !== null && 'nodeType' in value && value.nodeType === 1 && 'inert' in value;
}

function isHelpEntry(value: unknown): value is HelpEntry {
  if (typeof value !== 'object' || value === null || !('name' in value)) return false;
  if (typeof value.name !== 'string' || value.name.trim() === '') return false;
  if ('phone' in value) return typeof value.phone === 'string' && /^[+0-9 ()-]{2,32}$/.test(value.phone);
  return 'url' in value && typeof value.url === 'string' && /^https?:\/\/./i.test(value.url) && URL.canParse(value.url);
}
