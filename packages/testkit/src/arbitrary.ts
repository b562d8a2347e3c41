/** Every document and message of the protocol as fast-check generates it: valid, up to the limits of each field. */
import type { AnyDigest } from './digests.ts';
import {
  ACTIONS,
  BASES,
  DAY_MS,
  type Day,
  type DetectionOrder,
  type Finding,
  type Help,
  type Instant,
  type LedgerEntry,
  type KnownSignalRule,
  LIST_PURPOSES,
  type ListManifest,
  type ListRecord,
  LIMITS,
  type MatchSignal,
  MEDIA,
  MOST_FINDINGS,
  MATCH_EVIDENCE,
  MATCH_KINDS,
  METHODS,
  type ModelManifest,
  type Name,
  NOTES,
  PURPOSES,
  type ReceiverKeys,
  PICTURE_ENDS,
  type PictureFormat,
  REFUSED_REASONS,
  type SandboxEvent,
  type Signal,
  SIGNAL_SURFACES,
  type SignalRule,
  SUBJECT_MODES,
  type Suppression,
  type TargetFile,
  type TargetPath,
  type TargetReference,
  TENSOR_LAYOUTS,
  toInstant,
  type Verdict,
  type WebAddress,
} from '@lodestone/protocol';
import { VARIANTS } from '@lodestone/protocol/order';
import { exampleClassifier, exampleKnown, exampleOrder } from '@lodestone/protocol/example';
import fc, { type Arbitrary } from 'fast-check';

export const bytes = (minLength: number, maxLength = minLength): Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.uint8Array({ minLength, maxLength }).map((array) => new Uint8Array(array));

const hex = (length: number): Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const digest: Arbitrary<AnyDigest> = hex(64).map((text) => text as AnyDigest);
export const name: Arbitrary<Name> = fc
  .stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/)
  .map((text) => text as Name);
export const path: Arbitrary<TargetPath> = fc
  .stringMatching(/^v1(?:\/[a-z0-9][a-z0-9._-]{0,20}){1,6}$/)
  .map((text) => text as TargetPath);
const reference: Arbitrary<TargetReference> = fc
  .tuple(name, path)
  .map(([source, target]) => `${source}:${target}` as TargetReference);
const LAST_SECOND = Date.parse('9999-12-31T23:59:59Z') / 1_000;
export const instant: Arbitrary<Instant> = fc.integer({ min: 0, max: LAST_SECOND }).map((s) => toInstant(s * 1_000));
const text = (maxLength: number): Arbitrary<string> =>
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength })
    .filter((value) => value.length <= maxLength && !/\p{Cc}/u.test(value));
/**
 * Not `fc.webUrl` or `fc.string({ unit: 'binary' })`, which first make a table of all of Unicode: more than a second of
 * processor time in each test file.
 */
const segment = fc.string({
  unit: fc.oneof(
    { weight: 10, arbitrary: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@") },
    {
      weight: 1,
      arbitrary: fc
        .integer({ min: 0, max: 0x10ffff })
        .filter((code) => code < 0xd800 || code > 0xdfff) // no surrogates
        .map((code) => encodeURIComponent(String.fromCodePoint(code))),
    },
  ),
});
const address: Arbitrary<WebAddress> = fc
  .oneof(
    fc.tuple(fc.domain(), fc.array(segment)).map(([domain, path]) => ['https:/', domain, ...path].join('/')),
    fc.constantFrom('http://localhost:8080/x', 'http://127.0.0.1', 'http://[::1]:1/'),
  )
  .map((url) => url as WebAddress);
const some = <T>(items: readonly T[], minLength = 1): Arbitrary<T[]> => fc.subarray([...items], { minLength });
const language = fc.stringMatching(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/);

const help: Arbitrary<Help> = fc.oneof(
  fc.record({ language, name: text(200), url: address }),
  fc.record({ language, name: text(200), phone: fc.stringMatching(/^[+0-9 ()-]{2,32}$/) }),
);

const rule = (surfaces: readonly SignalRule['surfaces'][number][], minThreshold: number): Arbitrary<SignalRule> =>
  fc.record({
    surfaces: some(surfaces),
    threshold: fc.integer({ min: minThreshold, max: LIMITS.threshold }),
    withinDays: fc.integer({ min: 1, max: LIMITS.signalWithinDays }),
  });

const knownRule = (surfaces: readonly SignalRule['surfaces'][number][]): Arbitrary<KnownSignalRule> =>
  fc
    .record({
      rule: rule(surfaces, 1),
      evidence: some(MATCH_EVIDENCE),
      confirm: fc.record({ model: reference, manifestDigest: digest, minBucket: fc.integer({ min: 1, max: 10 }) }),
    })
    .map(({ rule: { threshold, ...terms }, evidence, confirm }) =>
      evidence.includes('confirmed')
        ? { ...terms, evidence, confirm, threshold: Math.max(threshold, LIMITS.weakThreshold) }
        : { ...terms, evidence, threshold },
    );

/** At least one surface that may be signalled, so that `signal` can name one. */
const surfaces = fc
  .tuple(some(['send', 'upload', 'profile'] as const), fc.boolean())
  .map(([signalled, receive]) => ({ signalled, all: [...signalled, ...(receive ? (['receive'] as const) : [])] }));

const { receiver: EXAMPLE_RECEIVER, ...EXAMPLE_ORDER } = exampleOrder();
const { signal: _known, ...EXAMPLE_KNOWN } = exampleKnown();
const { signal: _classifier, ...EXAMPLE_CLASSIFIER } = exampleClassifier();
/** A field that no arbitrary varies yet has the example's value, so a new field of an order is added in the example only. */
const like = <T extends object, V extends object>(example: T, varied: Arbitrary<V>): Arbitrary<Omit<T, keyof V> & V> =>
  varied.map((values) => ({ ...example, ...values }));

export const order: Arbitrary<DetectionOrder> = surfaces.chain(({ signalled, all }) =>
  fc
    .record({
      schema: fc.constant('lodestone/order/v1' as const),
      id: name,
      basis: fc.constantFrom(...BASES),
      legal: like(EXAMPLE_ORDER.legal, fc.record({ instrument: text(300), jurisdiction: text(100) })),
      issuer: like(
        EXAMPLE_ORDER.issuer,
        fc.record(
          { authority: text(300), court: text(300), reference: text(200) },
          { requiredKeys: ['authority', 'reference'] },
        ),
      ),
      service: like(EXAMPLE_ORDER.service, fc.record({ name: text(200), endToEndEncrypted: fc.boolean() })),
      begins: fc.integer({ min: 0, max: LAST_SECOND - LIMITS.orderDays * 86_400 }),
      lasts: fc.integer({ min: 1, max: (LIMITS.orderDays * DAY_MS) / 1_000 }),
      summary: fc.dictionary(language, text(200), { minKeys: 1, maxKeys: 4 }),
      help: fc.array(help, { minLength: 1, maxLength: 4 }),
      media: some(MEDIA),
      detect: fc.array(
        fc.oneof(
          fc
            .record(
              {
                kind: fc.constant('known' as const),
                list: reference,
                purpose: fc.constantFrom(...LIST_PURPOSES),
                alsoBy: fc.uniqueArray(name, { maxLength: LIMITS.alsoBy }),
                maxDistance: fc.integer({ min: 0, max: 31 }),
                minQuality: fc.integer({ min: 0, max: 100 }),
                variants: some(VARIANTS, 0),
                action: fc.constantFrom(...ACTIONS),
                signal: knownRule(signalled),
              },
              {
                requiredKeys: ['kind', 'list', 'purpose', 'alsoBy', 'maxDistance', 'minQuality', 'variants', 'action'],
              },
            )
            .map((item) => ({
              ...EXAMPLE_KNOWN,
              ...item,
              ...(item.signal && { purpose: 'verified' as const }),
            })),
          like(
            EXAMPLE_CLASSIFIER,
            fc.record(
              {
                kind: fc.constant('classifier' as const),
                model: reference,
                minBucket: fc.integer({ min: 1, max: 10 }),
                action: fc.constantFrom(...ACTIONS),
                signal: rule(signalled, LIMITS.weakThreshold),
              },
              { requiredKeys: ['kind', 'model', 'minBucket', 'action'] },
            ),
          ),
        ),
        { minLength: 1, maxLength: LIMITS.detectItems },
      ),
      onUnscannable: fc.constantFrom(...ACTIONS),
      notify: fc.oneof(
        fc.constant({ user: 'immediately' as const }),
        fc.record({ user: fc.constant('after' as const), days: fc.integer({ min: 1, max: LIMITS.notifyDays }) }),
      ),
      receiver: fc
        .record({
          endpoint: address,
          keys: reference,
          subject: fc.constantFrom(...SUBJECT_MODES),
          slotsPerDay: fc.integer({ min: 1, max: LIMITS.slotsPerDay }),
          cover: fc.boolean(),
        })
        .map((receiver) => ({ ...EXAMPLE_RECEIVER, ...receiver })),
    })
    .map(({ begins, lasts, receiver, ...rest }) => ({
      ...EXAMPLE_ORDER,
      ...rest,
      surfaces: all,
      ...(rest.basis !== 'order' && { notify: { user: 'immediately' as const } }),
      notBefore: toInstant(begins * 1_000),
      notAfter: toInstant((begins + lasts) * 1_000),
      ...(rest.detect.some(({ signal }) => signal) && { receiver }),
    })),
);

const file: Arbitrary<TargetFile<AnyDigest>> = fc.record({
  path,
  length: fc.integer({ min: 1, max: LIMITS.listFileBytes }),
  sha256: digest,
});
const count = fc.integer({ min: 0, max: LIMITS.listRows });
const version = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
export const manifest: Arbitrary<ListManifest> = fc.record(
  {
    schema: fc.constant('lodestone/list/v1' as const),
    list: name,
    purpose: fc.constantFrom(...LIST_PURPOSES),
    version,
    counts: fc.record({ pdq: count, sha256: count, vpdq: count }),
    file,
    merkleRoot: digest,
    notAfter: instant,
    delta: fc.record({ base: version, baseSha256: digest, file }),
  },
  { requiredKeys: ['schema', 'list', 'purpose', 'version', 'counts', 'file', 'merkleRoot', 'notAfter'] },
);

const between = (min: number, max: number): Arbitrary<number> =>
  // JSON has no -0.
  fc.double({ min, max, noNaN: true }).map((value) => value + 0);
const colours = fc.tuple(between(-1e6, 1e6), between(-1e6, 1e6), between(-1e6, 1e6));
const side = fc.integer({ min: 1, max: LIMITS.modelSide });
const output: Arbitrary<ModelManifest['output']> = fc
  .uniqueArray(text(20), { minLength: 1, maxLength: LIMITS.modelClasses })
  .chain((classes) => fc.record({ name: text(80), classes: fc.constant(classes), sensitive: some(classes) }));
const buckets = fc
  .uniqueArray(between(Number.MIN_VALUE, 1), { minLength: 10, maxLength: 10 })
  .map((scores) => scores.sort((a, b) => a - b));
export const model: Arbitrary<ModelManifest> = fc.record({
  schema: fc.constant('lodestone/model/v1' as const),
  model: name,
  version,
  file,
  runtime: file,
  input: fc.record({
    name: text(80),
    width: side,
    height: side,
    layout: fc.constantFrom(...TENSOR_LAYOUTS),
    mean: colours,
    scale: colours,
  }),
  output,
  buckets,
  figures: fc.array(
    fc.record({
      group: text(80),
      bucket: fc.integer({ min: 1, max: 10 }),
      pictures: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      falseAlarms: between(0, 1),
      found: between(0, 1),
    }),
    { maxLength: 8 },
  ),
  notAfter: instant,
});

const entry = fc.integer({ min: 1, max: 0xffffffff });
export const suppression: Arbitrary<Suppression> = fc.record({
  schema: fc.constant('lodestone/suppression/v1' as const),
  list: name,
  entries: fc.uniqueArray(entry).map((entries) => entries.sort((a, b) => a - b)),
});

export const keys: Arbitrary<ReceiverKeys> = fc.record({
  schema: fc.constant('lodestone/keys/v1' as const),
  keys: fc.uniqueArray(
    fc
      .record({
        id: fc.integer({ min: 1, max: 255 }),
        publicKey: hex(64),
        begins: fc.integer({ min: 0, max: LAST_SECOND - LIMITS.keyDays * 86_400 }),
        lasts: fc.integer({ min: 1, max: LIMITS.keyDays * 86_400 }),
      })
      .map(({ begins, lasts, ...key }) => ({
        ...key,
        notBefore: toInstant(begins * 1_000),
        notAfter: toInstant((begins + lasts) * 1_000),
      })),
    { minLength: 1, maxLength: LIMITS.privateKeys, selector: ({ id }) => id },
  ),
});

const common = {
  surface: fc.constantFrom(...SIGNAL_SURFACES),
  day: fc.integer({ min: 0, max: 0xffffffff }).map((day) => day as Day),
  signalId: bytes(16),
  orderDigest: digest,
  manifestDigest: digest,
} as const;
const isNotZero = (value: Uint8Array): boolean => value.some((byte) => byte !== 0);
const subject: Arbitrary<Pick<MatchSignal, 'pseudonym' | 'lastDay' | 'signature'>> = fc.oneof(
  fc.constant({ pseudonym: new Uint8Array(16), lastDay: 0 as Day, signature: new Uint8Array(64) }),
  fc.record({
    pseudonym: bytes(16).filter(isNotZero),
    lastDay: fc.integer({ min: 1, max: 0xffffffff }).map((number) => number as Day),
    signature: bytes(64).filter(isNotZero),
  }),
);
const unconfirmed = { confirmBucket: fc.constant(0), confirmModel: fc.constant(new Uint8Array(8)) };
/** What fits each kind of evidence. */
const evidence: Arbitrary<Omit<MatchSignal, 'signalId' | 'pseudonym' | 'lastDay' | 'signature' | keyof typeof common>> =
  fc.oneof(
    fc.record({
      kind: fc.constant('match' as const),
      media: fc.constantFrom(...MEDIA),
      entry,
      level: fc.constant(0),
      evidence: fc.constant('exact' as const),
      ...unconfirmed,
    }),
    fc.record({
      kind: fc.constant('match' as const),
      media: fc.constant('image' as const),
      entry,
      level: fc.integer({ min: 0, max: 31 }),
      evidence: fc.constant('confirmed' as const),
      confirmBucket: fc.integer({ min: 1, max: 10 }),
      confirmModel: bytes(8),
    }),
    fc.record({
      kind: fc.constant('sensitive' as const),
      media: fc.constant('image' as const),
      entry: fc.constant(0),
      level: fc.integer({ min: 0, max: 10 }),
      evidence: fc.constant('classifier' as const),
      ...unconfirmed,
    }),
  );
export const signal: Arbitrary<Signal> = fc.oneof(
  fc.tuple(fc.record(common), subject, evidence).map(([what, about, why]) => ({ ...what, ...about, ...why })),
  fc.constant({ kind: 'cover' as const }),
);

const frames = bytes(32, 4 * 32).map((payload) => payload.slice(0, payload.length - (payload.length % 32)));
export const listRecords: Arbitrary<ListRecord[]> = fc.uniqueArray(
  fc.oneof(
    fc.record({ type: fc.constantFrom('pdq', 'sha256'), entry, payload: bytes(32) }),
    fc.record({ type: fc.constant('vpdq' as const), entry, payload: frames }),
  ),
  { maxLength: 30, selector: ({ type, payload }) => `${type} ${payload.join()}` },
);

const finding: Arbitrary<Finding> = fc.oneof(
  fc.record({
    kind: fc.constant('known' as const),
    list: fc.integer({ min: 0, max: LIMITS.planLists - 1 }),
    entry,
    match: fc.constantFrom(...MATCH_KINDS),
    distance: fc.integer({ min: 0, max: 31 }),
  }),
  fc.record({
    kind: fc.constant('sensitive' as const),
    model: fc.integer({ min: 0, max: LIMITS.planModels - 1 }),
    bucket: fc.integer({ min: 0, max: 10 }),
  }),
);
const findings = fc.array(finding, { maxLength: MOST_FINDINGS });
export const verdict: Arbitrary<Verdict> = fc.oneof(
  fc.record({ media: fc.constantFrom(...MEDIA), findings, complete: fc.constant(true as const) }),
  fc.record({
    media: fc.constantFrom(...MEDIA, 'unknown'),
    findings,
    complete: fc.constant(false as const),
    reason: fc.constantFrom('format', 'decode', 'too-large', 'too-long', 'codec', 'list-missing'),
  }),
  fc.record({
    media: fc.constant('image' as const),
    findings,
    complete: fc.constant(false as const),
    reason: fc.constantFrom('format', 'decode', 'too-large', 'too-long', 'codec', 'model-missing'),
    failedModels: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
  }),
);

const item = fc.maxSafeNat();
export const sandboxEvent: Arbitrary<SandboxEvent> = fc.oneof(
  fc.record({ type: fc.constant('ready' as const), build: digest, needsBitmap: fc.boolean() }),
  fc.record({ type: fc.constant('started' as const), build: digest }),
  fc.record({
    type: fc.constant('refused' as const),
    build: digest,
    reason: fc.constantFrom(...REFUSED_REASONS),
  }),
  fc.record({
    type: fc.constant('bytes-wanted' as const),
    contentId: item,
    first: fc.integer({ min: 0, max: LIMITS.videoBytes / LIMITS.blockBytes }),
    count: fc.integer({ min: 1, max: LIMITS.blocksWanted }),
  }),
  fc.record({
    type: fc.constant('bitmap-wanted' as const),
    contentId: item,
    format: fc.constantFrom(...(Object.keys(PICTURE_ENDS) as PictureFormat[])),
    size: fc.constantFrom('reduced' as const, 'full' as const),
  }),
  fc.record({ type: fc.constant('progress' as const), contentId: item, sixteenths: fc.integer({ min: 1, max: 16 }) }),
);

const frame = { seq: fc.maxSafeNat(), time: instant, previous: digest, digest };
export const ledgerEntry: Arbitrary<LedgerEntry> = fc.oneof(
  fc.record({
    ...frame,
    type: fc.constant('request' as const),
    purpose: fc.constantFrom(...PURPOSES),
    method: fc.constantFrom(...METHODS),
    origin: fc.string({ maxLength: 100 }),
    path: fc.string({ maxLength: 300 }),
    request: fc.record({ bytes: fc.maxSafeNat(), sha256: digest }),
    response: fc.record({ bytes: fc.maxSafeNat(), status: fc.integer({ min: 0, max: 599 }) }),
  }),
  fc.record({
    ...frame,
    type: fc.constant('note' as const),
    note: fc.constantFrom(...NOTES),
    of: digest,
  }),
  fc.record({
    ...frame,
    type: fc.constant('note' as const),
    note: fc.constant('pruned' as const),
    of: digest,
    pruned: fc.record({
      entries: fc.maxSafeNat(),
      requests: fc.maxSafeNat(),
      signals: fc.maxSafeNat(),
      from: instant,
      to: instant,
    }),
  }),
);
