/**
 * DetectionOrder: the law's instrument as a signed document. Without an order in force nothing is scanned.
 * An order speaks to everybody who runs the app: no field can name a user. Spec: DESIGN §4.
 */
import * as z from 'zod/mini';
import { type DocumentKind, parseDocument, printDocument } from './document.ts';
import { LIMITS } from './limits.ts';
import { Name } from './name.ts';
import { TargetReference } from './paths.ts';
import { Action, Media, Surface } from './surface.ts';
import { Language, text, WebAddress } from './text.ts';
import { DAY_MS, fromInstant, Instant } from './time.ts';

/** Closed; grows with the protocol. */
export type Variant = 'orientations';

/** When a match becomes a signal: on these surfaces, once `threshold` different entries were met within a window of `withinDays`. */
export interface SignalRule {
  surfaces: Exclude<Surface, 'receive'>[];
  threshold: number;
  withinDays: number;
}

/** Content on a signed list. */
export interface DetectKnown {
  kind: 'known';
  /** The list's manifest. */
  list: TargetReference;
  /** Further list authorities that must have signed the same path with the same length and digest. */
  alsoBy: Name[];
  /** Hamming distance in bits, 0 to 31. */
  maxDistance: number;
  /** PDQ quality, 0 to 100, below which a hash is not looked up. */
  minQuality: number;
  variants: Variant[];
  action: Action;
  signal?: SignalRule | undefined;
}

/** Content that a model finds. */
export interface DetectClassifier {
  kind: 'classifier';
  model: TargetReference;
  /** Lowest bucket, 1 to 10, that counts. */
  minBucket: number;
  action: Action;
  signal?: SignalRule | undefined;
}

export type Detect = DetectKnown | DetectClassifier;

/** Where children, victims and people worried about themselves find help. */
export type Help =
  | { language: string; name: string; url: WebAddress }
  | { language: string; name: string; phone: string };

export interface DetectionOrder {
  schema: 'lodestone/order/v1';
  id: Name;
  /** What the order rests on: an authority's or court's order, the user's consent, or the provider's own policy. */
  basis: 'order' | 'consent' | 'provider-policy';
  legal: { instrument: string; jurisdiction: string };
  issuer: { authority: string; court?: string | undefined; reference: string };
  service: { name: string; endToEndEncrypted: boolean };
  notBefore: Instant;
  /** At most 24 months after `notBefore`. */
  notAfter: Instant;
  /** Plain words for users, by language. */
  summary: Record<string, string>;
  help: Help[];
  surfaces: Surface[];
  media: Media[];
  detect: Detect[];
  /** What happens to content that could not be checked. */
  onUnscannable: Action;
  /** When the user learns of a signal. */
  notify: { user: 'immediately' } | { user: 'after'; days: number };
  /** Where signals go; required where any detect item has `signal`. */
  receiver?:
    | {
        endpoint: WebAddress;
        keys: TargetReference;
        subject: 'none' | 'pseudonym';
        slotsPerDay: number;
        cover: boolean;
      }
    | undefined;
}

const from = (low: number, high: number): z.ZodMiniType<number> => z.int().check(z.gte(low), z.lte(high));
const set = <T extends string>(item: z.ZodMiniType<T>, min: number): z.ZodMiniType<T[]> =>
  z.array(item).check(
    z.minLength(min),
    z.maxLength(8),
    z.refine((items) => new Set(items).size === items.length, 'names something twice'),
  );

const SignalRule: z.ZodMiniType<SignalRule> = z.strictObject({
  surfaces: set(z.enum(['send', 'upload', 'profile']), 1),
  threshold: from(1, LIMITS.threshold),
  withinDays: from(1, LIMITS.signalWithinDays),
});

const DetectKnown: z.ZodMiniType<DetectKnown> = z.strictObject({
  kind: z.literal('known'),
  list: TargetReference,
  alsoBy: set(Name, 0).check(z.maxLength(LIMITS.alsoBy)),
  maxDistance: from(0, 31),
  minQuality: from(0, 100),
  variants: set(z.enum(['orientations']), 0),
  action: Action,
  signal: z.optional(SignalRule),
});

const DetectClassifier: z.ZodMiniType<DetectClassifier> = z.strictObject({
  kind: z.literal('classifier'),
  model: TargetReference,
  minBucket: from(1, 10),
  action: Action,
  signal: z.optional(SignalRule),
});

const Help: z.ZodMiniType<Help> = z.union([
  z.strictObject({ language: Language, name: text(200), url: WebAddress }),
  z.strictObject({ language: Language, name: text(200), phone: z.string().check(z.regex(/^[+0-9 ()-]{2,32}$/)) }),
]);

const shape: z.ZodMiniType<DetectionOrder> = z.strictObject({
  schema: z.literal('lodestone/order/v1'),
  id: Name,
  basis: z.enum(['order', 'consent', 'provider-policy']),
  legal: z.strictObject({ instrument: text(300), jurisdiction: text(100) }),
  issuer: z.strictObject({ authority: text(300), court: z.optional(text(300)), reference: text(200) }),
  service: z.strictObject({ name: text(200), endToEndEncrypted: z.boolean() }),
  notBefore: Instant,
  notAfter: Instant,
  summary: z.record(Language, text(LIMITS.summaryChars)).check(
    z.refine((summary) => {
      const languages = Object.keys(summary).length;
      return languages >= 1 && languages <= LIMITS.languages;
    }, 'needs one to forty languages'),
  ),
  help: z.array(Help).check(z.maxLength(LIMITS.helpEntries)),
  surfaces: set(Surface, 1),
  media: set(Media, 1),
  detect: z.array(z.union([DetectKnown, DetectClassifier])).check(z.minLength(1), z.maxLength(LIMITS.detectItems)),
  onUnscannable: Action,
  notify: z.union([
    z.strictObject({ user: z.literal('immediately') }),
    z.strictObject({ user: z.literal('after'), days: from(1, LIMITS.notifyDays) }),
  ]),
  receiver: z.optional(
    z.strictObject({
      endpoint: WebAddress,
      keys: TargetReference,
      subject: z.enum(['none', 'pseudonym']),
      slotsPerDay: from(1, LIMITS.slotsPerDay),
      cover: z.boolean(),
    }),
  ),
});

/** Rules between fields, each with the sentence that an author reads. */
const RULES: readonly [holds: (order: DetectionOrder) => boolean, otherwise: string][] = [
  [(o) => fromInstant(o.notBefore) < fromInstant(o.notAfter), 'notAfter must be later than notBefore'],
  [
    (o) => fromInstant(o.notAfter) - fromInstant(o.notBefore) <= LIMITS.orderDays * DAY_MS,
    'an order lasts at most 24 months',
  ],
  [
    (o) => o.detect.every((d) => d.signal === undefined) === (o.receiver === undefined),
    'receiver is needed where, and only where, a detect item has signal',
  ],
  [
    (o) => o.detect.every((d) => d.signal?.surfaces.every((s) => o.surfaces.includes(s)) ?? true),
    'signal.surfaces must be among surfaces',
  ],
];

export const DetectionOrder: z.ZodMiniType<DetectionOrder> = shape.check(
  ...RULES.map(([holds, otherwise]) => z.refine<DetectionOrder>(holds, otherwise)),
);

const KIND: DocumentKind = { what: 'order', maxBytes: LIMITS.orderBytes };

/** @throws {LodestoneError} `ERR_SIZE`, `ERR_SCHEMA` */
export function parseOrder(bytes: Uint8Array): DetectionOrder {
  return parseDocument(DetectionOrder, bytes, KIND);
}
export function printOrder(order: DetectionOrder): Uint8Array<ArrayBuffer> {
  return printDocument(DetectionOrder, order, KIND);
}
