/**
 * Decides whether a new order requires more than the orders before it. Wider orders are announced before they take effect.
 * Each nested type has a table with one line per field, so a new field does not compile until its line states whether it
 * can widen an order, and the line's name is what holders and users are told. Spec: docs/design/signed-inputs.md#wider-orders
 */
import type {
  ConfirmRule,
  DetectClassifier,
  Detect,
  DetectionOrder,
  DetectKnown,
  KnownSignalRule,
  SignalRule,
} from '@lodestone/protocol/order';
import { type Action, type Media, MEDIA, STRICTNESS, type Surface, SURFACES } from '@lodestone/protocol/surface';
import { fromInstant, type Instant } from '@lodestone/protocol/time';

/** The field cannot widen an order, whatever its value. */
const NEUTRAL = 'neutral';
/** `widens` compares the field itself, together with others. */
const COMPARED = 'compared';
/** True if the old value already allows everything that the new value does. */
type Rule<T> = (old: T, next: T) => boolean;
type Rules<T> = { readonly [K in keyof T]-?: typeof NEUTRAL | typeof COMPARED | Rule<T[K]> };

type Receiver = NonNullable<DetectionOrder['receiver']>;
type Help = DetectionOrder['help'];
type Notify = DetectionOrder['notify'];

const same = <T>(old: T, next: T): boolean => old === next;
const atLeast = (old: number, next: number): boolean => old >= next;
const atMost = (old: number, next: number): boolean => old <= next;
const notLater = (old: Instant, next: Instant): boolean => fromInstant(next) <= fromInstant(old);
const contains = <T>(old: readonly T[], next: readonly T[]): boolean => next.every((item) => old.includes(item));
const isAsStrict = (old: Action, next: Action): boolean => STRICTNESS[old] >= STRICTNESS[next];

const LEGAL: Rules<DetectionOrder['legal']> = { instrument: same, jurisdiction: same };
const ISSUER: Rules<DetectionOrder['issuer']> = { authority: same, court: same, reference: NEUTRAL };
const SERVICE: Rules<DetectionOrder['service']> = { name: same, endToEndEncrypted: same };

/** A rule here compares who orders, on which grounds, for how long, and what users learn. */
const ORDER: Rules<DetectionOrder> = {
  schema: NEUTRAL,
  id: NEUTRAL,
  basis: same,
  legal: (old, next) => allows(LEGAL, old, next),
  issuer: (old, next) => allows(ISSUER, old, next),
  service: (old, next) => allows(SERVICE, old, next),
  notBefore: (old, next) => notLater(next, old),
  notAfter: notLater,
  summary: (old, next) => contains(Object.keys(next), Object.keys(old)),
  help: (old, next) => contains(languagesOf(next), languagesOf(old)),
  notify: (old, next) => atLeast(noticeDays(old), noticeDays(next)),
  surfaces: COMPARED, // per place
  media: COMPARED, // per place
  detect: COMPARED, // item by item, with the tables below
  receiver: COMPARED, // for each item that signals, with RECEIVER
  onUnscannable: COMPARED, // per place
};

/** `action` and `signal` are compared apart from the rest, as two older orders may cover one each. */
const KNOWN: Rules<DetectKnown> = {
  kind: COMPARED,
  list: same,
  purpose: same,
  alsoBy: (old, next) => contains(next, old), // fewer witnesses accept more entries
  maxDistance: atLeast,
  minQuality: atMost,
  variants: contains,
  action: COMPARED,
  signal: COMPARED,
};

const CLASSIFIER: Rules<DetectClassifier> = {
  kind: COMPARED,
  model: same,
  minBucket: atMost,
  action: COMPARED,
  signal: COMPARED,
};

const SIGNAL: Rules<SignalRule> = {
  surfaces: COMPARED, // per place
  threshold: atMost,
  withinDays: atLeast,
};

const CONFIRM: Rules<ConfirmRule> = { model: same, manifestDigest: same, minBucket: atMost };

const KNOWN_SIGNAL: Rules<KnownSignalRule> = {
  ...SIGNAL,
  evidence: contains,
  confirm: (old, next) => !next || (old !== undefined && allows(CONFIRM, old, next)),
};

const RECEIVER: Rules<Receiver> = {
  endpoint: same,
  keys: same,
  subject: (old, next) => old === 'pseudonym' || next === 'none',
  slotsPerDay: atLeast,
  cover: (old, next) => next || !old,
};

/** The names of the fields whose rule the new value breaks. */
function broken<T>(rules: Rules<T>, old: T, next: T, prefix = ''): string[] {
  return (Object.keys(rules) as (keyof T & string)[])
    .filter((field) => {
      const rule = rules[field];
      return typeof rule === 'function' && !rule(old[field], next[field]);
    })
    .map((field) => prefix + field);
}

function allows<T>(rules: Rules<T>, old: T, next: T): boolean {
  return broken(rules, old, next).length === 0;
}

function languagesOf(help: Help): string[] {
  return help.map(({ language }) => language);
}

function noticeDays(notify: Notify): number {
  return notify.user === 'immediately' ? 0 : notify.days;
}

/** A surface together with a medium. */
interface Place {
  surface: Surface;
  media: Media;
}

/** Does `order` apply, detect, act or signal anywhere that no order of `before` did? */
export function widens(before: readonly DetectionOrder[], order: DetectionOrder): boolean {
  return widerFields(before, order).length > 0;
}

/**
 * The fields in which `order` applies, detects, acts or signals more than every order of `before`, such as
 * `detect[0].signal.threshold`; empty if it does not. `order` stands for all of them, if `before` is empty. Compares what the
 * orders do for each surface with each medium. Only orders of the same authority, grounds and service count, with help,
 * notice and period no worse for the user: an order of one authority does not announce that of another. Of several older
 * orders the one that differs in the fewest fields is named.
 */
export function widerFields(before: readonly DetectionOrder[], order: DetectionOrder): readonly string[] {
  if (before.length === 0) return ['order'];
  const comparable = before.filter((old) => allows(ORDER, old, order));
  if (comparable.length === 0) return fewest(before.map((old) => broken(ORDER, old, order)));
  return [...new Set(placesOf(order).flatMap((place) => widerAt(place, comparable, order)))];
}

function widerAt(place: Place, comparable: readonly DetectionOrder[], order: DetectionOrder): readonly string[] {
  const there = comparable.filter((old) => appliesAt(old, place));
  if (there.length === 0) return fewest(comparable.map((old) => missingPlace(old, place)));
  return [
    ...(there.some((old) => isAsStrict(old.onUnscannable, order.onUnscannable)) ? [] : ['onUnscannable']),
    ...order.detect.flatMap((_, index) => uncovered(there, order, index, place.surface)),
  ];
}

function missingPlace(old: DetectionOrder, { surface, media }: Place): string[] {
  return [...(old.surfaces.includes(surface) ? [] : ['surfaces']), ...(old.media.includes(media) ? [] : ['media'])];
}

/** The shortest of these lists; the first of several. */
function fewest(lists: readonly (readonly string[])[]): readonly string[] {
  return lists.reduce((least, one) => (one.length < least.length ? one : least));
}

function placesOf(order: DetectionOrder): Place[] {
  return SURFACES.flatMap((surface) => MEDIA.map((media) => ({ surface, media }))).filter((place) =>
    appliesAt(order, place),
  );
}

function appliesAt(order: DetectionOrder, { surface, media }: Place): boolean {
  return order.surfaces.includes(surface) && order.media.includes(media);
}

/** One older order may cover the action and another one the signal: both were announced. */
function uncovered(
  there: readonly DetectionOrder[],
  order: DetectionOrder,
  index: number,
  surface: Surface,
): readonly string[] {
  const detect = order.detect[index];
  if (!detect) return [];
  const item = `detect[${index}]`;
  const candidates = there.flatMap(({ detect: items, receiver }) => items.map((old) => ({ old, receiver })));
  const comparable = candidates.filter(({ old }) => old.kind === detect.kind);
  if (comparable.length === 0) return [item];
  const found = comparable.filter(({ old }) => unfound(old, detect, item).length === 0);
  if (found.length === 0) return fewest(comparable.map(({ old }) => unfound(old, detect, item)));
  if (!found.some(({ old }) => isAsStrict(old.action, detect.action))) return [`${item}.action`];
  const { signal } = detect;
  if (!signal || !signalsAt(signal, surface)) return [];
  return fewest(
    found.map(({ old, receiver }) => [
      ...unsignalled(old, detect, surface, `${item}.signal`),
      ...(receiver && order.receiver ? broken(RECEIVER, receiver, order.receiver, 'receiver.') : ['receiver']),
    ]),
  );
}

/** In which fields does `next` find more than `old` does? */
function unfound(old: Detect, next: Detect, item: string): string[] {
  if (old.kind === 'known') return next.kind === 'known' ? broken(KNOWN, old, next, `${item}.`) : [item];
  return next.kind === 'classifier' ? broken(CLASSIFIER, old, next, `${item}.`) : [item];
}

/** In which fields does `next` signal more than `old` on this surface, where both find it? */
function unsignalled(old: Detect, next: Detect, surface: Surface, signal: string): string[] {
  if (!old.signal || !next.signal) return [signal];
  const rules =
    old.kind === 'known' && next.kind === 'known'
      ? broken(KNOWN_SIGNAL, old.signal, next.signal, `${signal}.`)
      : broken(SIGNAL, old.signal, next.signal, `${signal}.`);
  return [...(signalsAt(old.signal, surface) ? [] : [`${signal}.surfaces`]), ...rules];
}

function signalsAt(signal: SignalRule, surface: Surface): boolean {
  return signal.surfaces.some((signalled) => signalled === surface);
}
