/**
 * DetectionOrder: a legal order as a signed document. Without an order in force nothing is scanned.
 * An order applies to every user of the app: no field can name one. Spec: docs/design/contracts.md#detection-order
 */
import * as z from 'zod/mini';
import { checkKind, type DocumentKind, parseDocument, printDocument } from './document.ts';
import { Digest, type ManifestDigest } from './digest.ts';
import { LIMITS } from './limits.ts';
import { Name } from './name.ts';
import { TargetReference } from './paths.ts';
import { LIST_PURPOSES, type ListPurpose } from './purpose.ts';
import { Action, Media, SIGNAL_SURFACES, type SignalSurface, Surface } from './surface.ts';
import { Language, text, WebAddress } from './text.ts';
import { DAY_MS, fromInstant, Instant } from './time.ts';

const SCHEMA = 'lodestone/order/v1';

/**
 * Variants of a picture that are looked up in addition to the picture itself: its turned and mirrored forms, and the picture as it may
 * have been before an edit (`hashVariants` of `@lodestone/pdq`).
 */
export const VARIANTS = ['orientations', 'phase', 'margins', 'borders', 'rotations'] as const;
export type Variant = (typeof VARIANTS)[number];

/** Legal basis of an order: an authority's or court's order, the user's consent, or the provider's own policy. */
export const BASES = ['order', 'consent', 'provider-policy'] as const;
export type Basis = (typeof BASES)[number];

/** The information about the sender in a signal: nothing, or a pseudonym of the account. */
export const SUBJECT_MODES = ['none', 'pseudonym'] as const;
export type SubjectMode = (typeof SUBJECT_MODES)[number];

/** When matches become signals: on these surfaces, after `threshold` distinct entries matched within a window of `withinDays`. */
export interface SignalRule {
  surfaces: SignalSurface[];
  /** At least 3 for a classifier, and for a listed entry if `evidence` has "confirmed". */
  threshold: number;
  withinDays: number;
}

/**
 * Why a match with a listed entry may be signalled. `exact`: the file's SHA-256 is listed. `confirmed`: its PDQ hash is near a
 * listed one, and the model that `confirm` pins reaches its bucket. A near match alone is never enough.
 */
export const MATCH_EVIDENCE = ['exact', 'confirmed'] as const;
export type MatchEvidence = (typeof MATCH_EVIDENCE)[number];

/** The model that confirms near matches, pinned to one release. It must have accuracy figures by group. */
export interface ConfirmRule {
  model: TargetReference;
  /** SHA-256 of the model's signed manifest. */
  manifestDigest: ManifestDigest;
  /** Lowest bucket, 1 to 10, that confirms. */
  minBucket: number;
}

export interface KnownSignalRule extends SignalRule {
  evidence: MatchEvidence[];
  /** Required if `evidence` has "confirmed", and not allowed otherwise. */
  confirm?: ConfirmRule | undefined;
}

/** Content on a signed list. */
export interface DetectKnown {
  kind: 'known';
  /** The list's manifest. */
  list: TargetReference;
  /** The purpose that the list's manifest must have. Only "verified" may signal. */
  purpose: ListPurpose;
  /** Other list authorities that must have signed the same path with the same length and digest. */
  alsoBy: Name[];
  /** Hamming distance in bits, 0 to 31. */
  maxDistance: number;
  /** Lowest PDQ quality, 0 to 100, at which a hash is looked up. */
  minQuality: number;
  variants: Variant[];
  action: Action;
  signal?: KnownSignalRule | undefined;
}

/** Content that a classifier model recognizes. */
export interface DetectClassifier {
  kind: 'classifier';
  model: TargetReference;
  /** Lowest bucket, 1 to 10, that counts. */
  minBucket: number;
  action: Action;
  signal?: SignalRule | undefined;
}

export type Detect = DetectKnown | DetectClassifier;

/** Where children, victims, and people who worry about their own behaviour find help. An order has at least one. */
export type Help =
  | { language: string; name: string; url: WebAddress }
  | { language: string; name: string; phone: string };

export interface DetectionOrder {
  schema: typeof SCHEMA;
  id: Name;
  basis: Basis;
  legal: { instrument: string; jurisdiction: string };
  issuer: { authority: string; court?: string | undefined; reference: string };
  service: { name: string; endToEndEncrypted: boolean };
  notBefore: Instant;
  /** At most 24 months after `notBefore`. */
  notAfter: Instant;
  /** A summary in plain language for users, by language tag. */
  summary: Record<string, string>;
  help: Help[];
  surfaces: Surface[];
  media: Media[];
  detect: Detect[];
  /** The action on content that could not be checked. */
  onUnscannable: Action;
  /** When the user is notified of a signal. Only an order of basis "order" may delay it. */
  notify: { user: 'immediately' } | { user: 'after'; days: number };
  /** Where signals go. Required if and only if a detect item has `signal`. */
  receiver?:
    | {
        endpoint: WebAddress;
        keys: TargetReference;
        subject: SubjectMode;
        /** Send slots per day: the outbox sends at most one request in each. */
        slotsPerDay: number;
        /** Whether a slot without a signal sends dummy traffic. */
        cover: boolean;
      }
    | undefined;
}

const from = (low: number, high: number): z.ZodMiniType<number> => z.int().check(z.gte(low), z.lte(high));
const set = <T extends string>(item: z.ZodMiniType<T>, min: number): z.ZodMiniType<T[]> =>
  z.array(item).check(
    z.minLength(min),
    z.maxLength(8),
    z.refine((items) => new Set(items).size === items.length, 'contains a value twice'),
  );

const signalSurfaces = set(z.enum(SIGNAL_SURFACES), 1);
/** In bits of a PDQ hash: pictures further apart never match. Spec: docs/design/hashing.md#matching */
export const LARGEST_DISTANCE = 31;

const withinDays = from(1, LIMITS.signalWithinDays);

const ConfirmRule: z.ZodMiniType<ConfirmRule> = z.strictObject({
  model: TargetReference,
  manifestDigest: Digest as z.ZodMiniType as z.ZodMiniType<ManifestDigest>,
  minBucket: from(1, 10),
});

const KnownSignalRule: z.ZodMiniType<KnownSignalRule> = z
  .strictObject({
    surfaces: signalSurfaces,
    evidence: set(z.enum(MATCH_EVIDENCE), 1),
    confirm: z.optional(ConfirmRule),
    threshold: from(1, LIMITS.threshold),
    withinDays,
  })
  .check(
    z.refine(
      ({ evidence, confirm }) => evidence.includes('confirmed') === (confirm !== undefined),
      'confirm is required if evidence has "confirmed", and not allowed otherwise',
    ),
    z.refine(
      ({ evidence, threshold }) => !evidence.includes('confirmed') || threshold >= LIMITS.weakThreshold,
      `threshold must be at least ${LIMITS.weakThreshold} if evidence has "confirmed"`,
    ),
  );

const ClassifierSignalRule: z.ZodMiniType<SignalRule> = z.strictObject({
  surfaces: signalSurfaces,
  threshold: from(LIMITS.weakThreshold, LIMITS.threshold),
  withinDays,
});

const DetectKnown: z.ZodMiniType<DetectKnown> = z
  .strictObject({
    kind: z.literal('known'),
    list: TargetReference,
    purpose: z.enum(LIST_PURPOSES),
    alsoBy: set(Name, 0).check(z.maxLength(LIMITS.alsoBy)),
    maxDistance: from(0, LARGEST_DISTANCE),
    minQuality: from(0, 100),
    variants: set(z.enum(VARIANTS), 0),
    action: Action,
    signal: z.optional(KnownSignalRule),
  })
  .check(
    z.refine(
      ({ purpose, signal }) => purpose === 'verified' || signal === undefined,
      'signal is allowed only for lists of purpose "verified"',
    ),
  );

const DetectClassifier: z.ZodMiniType<DetectClassifier> = z.strictObject({
  kind: z.literal('classifier'),
  model: TargetReference,
  minBucket: from(1, 10),
  action: Action,
  signal: z.optional(ClassifierSignalRule),
});

const Help: z.ZodMiniType<Help> = z.union([
  z.strictObject({ language: Language, name: text(200), url: WebAddress }),
  z.strictObject({ language: Language, name: text(200), phone: z.string().check(z.regex(/^[+0-9 ()-]{2,32}$/)) }),
]);

const shape: z.ZodMiniType<DetectionOrder> = z.strictObject({
  schema: z.literal(SCHEMA),
  id: Name,
  basis: z.enum(BASES),
  legal: z.strictObject({ instrument: text(300), jurisdiction: text(100) }),
  issuer: z.strictObject({ authority: text(300), court: z.optional(text(300)), reference: text(200) }),
  service: z.strictObject({ name: text(200), endToEndEncrypted: z.boolean() }),
  notBefore: Instant,
  notAfter: Instant,
  summary: z.record(Language, text(LIMITS.summaryChars)).check(
    z.refine((summary) => {
      const languages = Object.keys(summary).length;
      return languages >= 1 && languages <= LIMITS.languages;
    }, 'needs 1 to 40 languages'),
  ),
  help: z.array(Help).check(z.minLength(1), z.maxLength(LIMITS.helpEntries)),
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
      subject: z.enum(SUBJECT_MODES),
      slotsPerDay: from(1, LIMITS.slotsPerDay),
      cover: z.boolean(),
    }),
  ),
});

/** Rules between fields, each with the error that an author sees. */
const RULES: readonly [holds: (order: DetectionOrder) => boolean, otherwise: string][] = [
  [(o) => fromInstant(o.notBefore) < fromInstant(o.notAfter), 'notAfter must be later than notBefore'],
  [
    (o) => fromInstant(o.notAfter) - fromInstant(o.notBefore) <= LIMITS.orderDays * DAY_MS,
    'an order lasts at most 24 months',
  ],
  [
    (o) => o.detect.every((d) => d.signal === undefined) === (o.receiver === undefined),
    'receiver is required if a detect item has signal, and not allowed otherwise',
  ],
  [
    (o) => o.detect.every((d) => d.signal?.surfaces.every((s) => o.surfaces.includes(s)) ?? true),
    'signal.surfaces must be a subset of surfaces',
  ],
  [
    (o) => o.basis === 'order' || o.notify.user === 'immediately',
    'notify may be delayed only by an order of basis "order"',
  ],
];

export const DetectionOrder: z.ZodMiniType<DetectionOrder> = shape.check(
  ...RULES.map(([holds, otherwise]) => z.refine<DetectionOrder>(holds, otherwise)),
);

const KIND: DocumentKind = { what: 'order', maxBytes: LIMITS.orderBytes, schema: SCHEMA };

/** @throws {LodestoneError} `ERR_SIZE`, `ERR_SCHEMA` */
export function parseOrder(bytes: Uint8Array): DetectionOrder {
  return parseDocument(DetectionOrder, bytes, KIND);
}
/** Checks an order that is parsed already. @throws {LodestoneError} `ERR_SCHEMA` */
export function checkOrder(value: unknown): DetectionOrder {
  return checkKind(DetectionOrder, value, KIND);
}
export function printOrder(order: DetectionOrder): Uint8Array<ArrayBuffer> {
  return printDocument(DetectionOrder, order, KIND);
}
