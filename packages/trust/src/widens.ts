/**
 * Decides whether a new order requires more than the orders before it. Wider orders are announced before they take effect.
 * Each nested type has a table with one line per field, so a new field does not compile until its line states whether it
 * can widen an order. Spec: docs/design/signed-inputs.md#wider-orders
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

/** Applies every rule of a table that is a function. */
function allows<T>(rules: Rules<T>, old: T, next: T): boolean {
  return (Object.keys(rules) as (keyof T)[]).every((field) => {
    const rule = rules[field];
    return typeof rule !== 'function' || rule(old[field], next[field]);
  });
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

/**
 * Does `order` apply, detect, act or signal anywhere that no order of `before` did? Compares what the orders do for each
 * surface with each medium. Only orders of the same authority, grounds and service count, with help, notice and period no
 * worse for the user: an order of one authority does not announce that of another.
 */
export function widens(before: readonly DetectionOrder[], order: DetectionOrder): boolean {
  const comparable = before.filter((old) => allows(ORDER, old, order));
  return placesOf(order).some((place) => {
    const there = comparable.filter((old) => appliesAt(old, place));
    return (
      !there.some((old) => isAsStrict(old.onUnscannable, order.onUnscannable)) ||
      order.detect.some((detect) => !isCovered(there, order, detect, place.surface))
    );
  });
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
function isCovered(there: readonly DetectionOrder[], order: DetectionOrder, detect: Detect, surface: Surface): boolean {
  const items = there.flatMap((old) =>
    old.detect.filter((item) => findsAll(item, detect)).map((item) => ({ item, receiver: old.receiver })),
  );
  if (!items.some(({ item }) => isAsStrict(item.action, detect.action))) return false;
  const { signal } = detect;
  if (!signal || !signalsAt(signal, surface)) return true;
  return items.some(
    ({ item, receiver }) =>
      item.signal !== undefined &&
      signalsAt(item.signal, surface) &&
      signalsAll(item, detect) &&
      receiver !== undefined &&
      order.receiver !== undefined &&
      allows(RECEIVER, receiver, order.receiver),
  );
}

/** Does `old` find everything that `next` finds? */
function findsAll(old: Detect, next: Detect): boolean {
  if (old.kind === 'known') return next.kind === 'known' && allows(KNOWN, old, next);
  return next.kind === 'classifier' && allows(CLASSIFIER, old, next);
}

/** Does `old` signal everything that `next` signals, where both find it? */
function signalsAll(old: Detect, next: Detect): boolean {
  if (!old.signal || !next.signal) return next.signal === undefined;
  return old.kind === 'known' && next.kind === 'known'
    ? allows(KNOWN_SIGNAL, old.signal, next.signal)
    : allows(SIGNAL, old.signal, next.signal);
}

function signalsAt(signal: SignalRule, surface: Surface): boolean {
  return signal.surfaces.some((signalled) => signalled === surface);
}
