/** An order is wider exactly if it treats some content in a way that no order before did. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACTIONS, MEDIA, SURFACES } from '@lodestone/protocol/surface';
import { type DetectionOrder, type KnownSignalRule, type Variant, VARIANTS } from '@lodestone/protocol/order';
import { widens, widerFields } from '@lodestone/trust';
import { anyOrder, CONFIRMING, makeOrder } from './order/make-order.ts';

const first = makeOrder();
type Known = Extract<DetectionOrder['detect'][number], { kind: 'known' }>;
const known = first.detect[0] as Known;
const CLASSIFIER_SIGNAL = { surfaces: ['send'], threshold: 3, withinDays: 30 };
const CONFIRM = { model: 'provider:v1/models/m/manifest.json', manifestDigest: 'c'.repeat(64), minBucket: 8 };
const CONFIRMED = { evidence: ['exact', 'confirmed'], confirm: CONFIRM, threshold: 3 };
const withKnown = (members: Partial<Record<keyof Known, unknown>>) =>
  makeOrder({ detect: [{ ...known, ...members }, first.detect[1]] });
const QUIET = makeOrder({ detect: [{ ...known, signal: undefined }], receiver: undefined });
const withSignal = (members: object) => withKnown({ signal: { ...known.signal, ...members } });
const withReceiver = (members: object) => makeOrder({ receiver: { ...first.receiver, ...members } });

const withConfirm = (members: object) => withSignal({ ...CONFIRMED, confirm: { ...CONFIRM, ...members } });

describe('wider', () => {
  test.for<[string, DetectionOrder, DetectionOrder?]>([
    [
      'a list of another purpose',
      makeOrder({ detect: [{ ...known, purpose: 'other', signal: undefined }], receiver: undefined }),
      QUIET,
    ],
    ['confirmed matches as evidence', withSignal(CONFIRMED), withSignal({ threshold: 3 })],
    ['another confirming model', withConfirm({ model: 'provider:v1/models/o/manifest.json' }), withSignal(CONFIRMED)],
    ['another release of the confirming model', withConfirm({ manifestDigest: 'd'.repeat(64) }), withSignal(CONFIRMED)],
    ['a lower bucket of the confirming model', withConfirm({ minBucket: 7 }), withSignal(CONFIRMED)],
    ['an additional surface', makeOrder({ surfaces: ['send', 'receive', 'upload'] })],
    ['an additional medium', makeOrder({ media: ['image', 'file'] })],
    [
      'an additional list',
      makeOrder({ detect: [...first.detect, { ...known, list: 'lists:v1/lists/more/manifest.json' }] }),
    ],
    ['a larger distance', withKnown({ maxDistance: 21 })],
    ['a lower quality', withKnown({ minQuality: 49 })],
    ['one authority fewer that must sign the list', withKnown({ alsoBy: [] })],
    ['a stricter action', withKnown({ action: 'block' })],
    ['a stricter action for unscannable content', makeOrder({ onUnscannable: 'block' })],
    ['a lower bucket', makeOrder({ detect: [known, { ...first.detect[1], minBucket: 7 }] })],
    ['a lower threshold', withSignal({ threshold: 1 })],
    ['a signal counted over more days', withSignal({ withinDays: 31 })],
    ['a signal by the classifier', makeOrder({ detect: [known, { ...first.detect[1], signal: CLASSIFIER_SIGNAL }] })],
    ['signals that carry a pseudonym', withReceiver({ subject: 'pseudonym' })],
    ['signals to another endpoint', withReceiver({ endpoint: 'https://other.example/v1/signals' })],
    ['signals under other keys', withReceiver({ keys: 'provider:v1/keys/other.json' })],
    ['more slots a day', withReceiver({ slotsPerDay: 86_400 })],
    ['a later end', makeOrder({ notAfter: '2027-11-01T00:00:01Z' })],
    ['an earlier beginning', makeOrder({ notBefore: '2026-10-31T23:59:59Z' })],
    ['a notice after 180 days', makeOrder({ notify: { user: 'after', days: 180 } })],
    ['another basis', makeOrder({ basis: 'provider-policy' })],
    ['another authority', makeOrder({ issuer: { ...first.issuer, authority: 'Another Authority' } })],
    ['a court where none was', makeOrder({ issuer: { ...first.issuer, court: 'Invented Court' } })],
    ['another legal instrument', makeOrder({ legal: { ...first.legal, instrument: 'Another Act' } })],
    ['another jurisdiction', makeOrder({ legal: { ...first.legal, jurisdiction: 'YY' } })],
    ['another service', makeOrder({ service: { ...first.service, name: 'Another Chat' } })],
  ])('%s', ([, order, before = first]) => expect(widens([before], order)).toBe(true));

  test.for(VARIANTS)('%s as a new variant', (variant) => {
    const others = VARIANTS.filter((one) => one !== variant);
    expect(widens([withKnown({ variants: others })], withKnown({ variants: [...VARIANTS] }))).toBe(true);
    expect(widens([withKnown({ variants: [...VARIANTS] })], withKnown({ variants: others }))).toBe(false);
    expect(widerFields([withKnown({ variants: others })], withKnown({ variants: [variant] }))).toEqual([
      'detect[0].variants',
    ]);
  });
  test('a signal from an additional surface that was already checked', () => {
    const before = makeOrder({ surfaces: ['send', 'upload'] });
    expect(
      widens(
        [before],
        makeOrder({
          surfaces: ['send', 'upload'],
          detect: [{ ...known, signal: { ...known.signal, surfaces: ['send', 'upload'] } }],
        }),
      ),
    ).toBe(true);
  });
  test('an order that two older orders each cover half of', () => {
    const before = [
      makeOrder({ surfaces: ['send'], media: ['image'] }),
      makeOrder({ surfaces: ['receive', 'send'], media: ['file'] }),
    ];
    expect(widens(before, makeOrder({ surfaces: ['receive', 'send'], media: ['image', 'file'] }))).toBe(true);
  });
});

test('what another authority already ordered does not make an order narrower', () => {
  const other = makeOrder({ issuer: { ...first.issuer, authority: 'Another Authority' } });
  const narrow = makeOrder({ surfaces: ['send'], detect: [first.detect[1]], receiver: undefined });
  expect(widens([other, narrow], first)).toBe(true);
  expect(widens([other, first], first)).toBe(false);
});

test('a language that loses its summary or its help widens an order', () => {
  const phone = { name: 'Helpline', phone: '116 006' };
  const before = makeOrder({
    summary: { en: 'x', de: 'y' },
    help: [
      { language: 'en', ...phone },
      { language: 'de', ...phone },
    ],
  });
  expect(widens([before], makeOrder({ ...before, summary: { en: 'x' } }))).toBe(true);
  expect(widens([before], makeOrder({ ...before, help: [{ language: 'fr', ...phone }] }))).toBe(true);
  expect(widens([before], makeOrder({ ...before, help: before.help.slice(0, 1) }))).toBe(true);
  expect(widens([before], makeOrder({ ...before, help: before.help.toReversed() }))).toBe(false);
});

test('an order without cover widens an order with cover', () => {
  expect(widens([withReceiver({ cover: true })], withReceiver({ cover: false }))).toBe(true);
});

test.for<[string[], DetectionOrder, DetectionOrder?]>([
  [['detect[0].maxDistance'], withKnown({ maxDistance: 21 })],
  [['detect[0].action'], withKnown({ action: 'block' })],
  [['detect[0].signal.threshold'], withSignal({ threshold: 1 })],
  [['detect[0].signal.threshold', 'detect[0].signal.withinDays'], withSignal({ threshold: 1, withinDays: 31 })],
  [['detect[0].signal', 'receiver'], makeOrder({ detect: [known] }), QUIET],
  [['detect[1].minBucket'], makeOrder({ detect: [known, { ...first.detect[1], minBucket: 7 }] })],
  [['detect[1]'], first, makeOrder({ detect: [known] })],
  [['receiver.slotsPerDay', 'receiver.cover'], withReceiver({ slotsPerDay: 86_400 }), withReceiver({ cover: true })],
  [['surfaces'], makeOrder({ surfaces: ['send', 'receive', 'upload'] })],
  [['media', 'onUnscannable'], makeOrder({ media: ['image', 'file'], onUnscannable: 'block' })],
  [['notAfter'], makeOrder({ notAfter: '2027-11-01T00:00:01Z' })],
  [
    ['legal', 'issuer'],
    makeOrder({ legal: { ...first.legal, jurisdiction: 'YY' }, issuer: { ...first.issuer, court: 'C' } }),
  ],
  [[], first],
])('the fields in which an order is wider are named: %j', ([fields, order, before = first]) =>
  expect(widerFields([before], order).toSorted()).toEqual(fields.toSorted()),
);

test('of two older orders the one that differs in fewer fields says what is wider', () => {
  const far = makeOrder({ notBefore: '2026-11-02T00:00:00Z', legal: { ...first.legal, jurisdiction: 'YY' } });
  const near = makeOrder({ notBefore: '2026-11-02T00:00:00Z' });
  expect(widerFields([far, near], first)).toEqual(['notBefore']);
  expect(widerFields([], first)).toEqual(['order']);
});

describe('not wider', () => {
  test.for<[string, DetectionOrder, DetectionOrder?]>([
    ['the same', makeOrder()],
    ['a shorter period', makeOrder({ notBefore: '2026-11-02T00:00:00Z', notAfter: '2027-10-01T00:00:00Z' })],
    ['another id and another reference', makeOrder({ id: 'x', issuer: { ...first.issuer, reference: 'y' } })],
    ['another text, and one more language', makeOrder({ summary: { en: 'x', de: 'y' } })],
    [
      'help in one more language',
      makeOrder({ help: [...first.help, { language: 'de', name: 'Helpline', phone: '116 006' }] }),
    ],
    ['fewer surfaces', makeOrder({ surfaces: ['send'] })],
    ['one list less', makeOrder({ detect: [known] })],
    [
      'a smaller distance, a higher quality, a milder action',
      withKnown({ maxDistance: 19, minQuality: 51, action: 'allow' }),
    ],
    ['one authority more that must agree', withKnown({ alsoBy: ['second', 'third'] })],
    ['no signal', makeOrder({ detect: [{ ...known, signal: undefined }], receiver: undefined })],
    ['exact evidence where a confirmed match also counted', withSignal({ threshold: 3 }), withSignal(CONFIRMED)],
    ['a higher bucket of the confirming model', withConfirm({ minBucket: 9 }), withSignal(CONFIRMED)],
    ['a signal after more, counted over fewer days', withSignal({ threshold: 3, withinDays: 29 })],
    ['fewer slots, and cover', withReceiver({ slotsPerDay: 1, cover: true })],
  ])('%s', ([, order, before = first]) => expect(widens([before], order)).toBe(false));

  test('an order that two older orders together cover', () => {
    const before = [
      makeOrder({ surfaces: ['send'] }),
      makeOrder({
        surfaces: ['receive', 'upload', 'send'],
        detect: [{ ...known, signal: undefined }, first.detect[1]],
        receiver: undefined,
      }),
    ];
    expect(widens(before, makeOrder({ surfaces: ['send', 'upload'] }))).toBe(false);
  });
});

/** The effects of an order on one piece of content: the union over its items. The oracle for the property below. */
interface Content {
  surface: (typeof SURFACES)[number];
  media: (typeof MEDIA)[number];
  /** The finding: an entry of a list that these authorities also signed, or the model's bucket. */
  thing:
    | { list: string; by: string[]; distance: number; quality: number; edit?: Variant | undefined }
    | { bucket: number };
  /** Number of distinct matched entries, on different days, the last `days` after the first. */
  matched: { entries: number; days: number };
  /** Evidence for a listed entry: exact, or near and a model's bucket. */
  why: 'exact' | { model: string; bucket: number };
}
const WHYS: Content['why'][] = ['exact', ...CONFIRMING.flatMap((model) => [5, 9].map((bucket) => ({ model, bucket })))];
const EDITS = [undefined, 'orientations', 'borders'] as const;
const CONTENTS: Content[] = SURFACES.flatMap((surface) =>
  MEDIA.flatMap((media) =>
    [
      ...['a', 'b'].flatMap((list) =>
        [[], ['second'], ['third'], ['second', 'third']].flatMap((by) =>
          [0, 20, 31].flatMap((distance) =>
            [0, 50].flatMap((quality) => EDITS.map((edit) => ({ list, by, distance, quality, edit }))),
          ),
        ),
      ),
      { bucket: 5 },
      { bucket: 9 },
    ].flatMap((thing) =>
      [1, 2, 3, 4].flatMap((entries) =>
        [0, 29].flatMap((days) =>
          ('bucket' in thing ? ['exact' as const] : WHYS).map((why) => ({
            surface,
            media,
            thing,
            matched: { entries, days },
            why,
          })),
        ),
      ),
    ),
  ),
);

function isEvidence(why: Content['why'], rule: KnownSignalRule | undefined): boolean {
  if (why === 'exact') return rule?.evidence.includes('exact') === true;
  return rule?.confirm?.manifestDigest === why.model && why.bucket >= rule.confirm.minBucket;
}

function effects(order: DetectionOrder, { surface, media, thing, matched, why }: Content): Set<string> {
  const done = new Set<string>();
  if (!order.surfaces.includes(surface) || !order.media.includes(media)) return done;
  const upTo = (kind: string, action: (typeof ACTIONS)[number]): void => {
    for (let i = ACTIONS.indexOf(action); i >= 0; i--) done.add(`${kind} ${ACTIONS[i]}`);
  };
  upTo('unscannable', order.onUnscannable);
  for (const item of order.detect) {
    const finds =
      item.kind === 'classifier'
        ? 'bucket' in thing && thing.bucket >= item.minBucket
        : 'list' in thing &&
          item.list.includes(`/${thing.list}/`) &&
          item.alsoBy.every((source) => thing.by.includes(source)) &&
          thing.distance <= item.maxDistance &&
          thing.quality >= item.minQuality &&
          (thing.edit === undefined || item.variants.includes(thing.edit));
    if (!finds) continue;
    upTo('find', item.action);
    const { signal } = item;
    if (!signal || !order.receiver || !(signal.surfaces as string[]).includes(surface)) continue;
    if (item.kind === 'known' && !isEvidence(why, item.signal)) continue;
    if (matched.entries < signal.threshold || matched.days >= signal.withinDays) continue;
    const to = `signal ${order.receiver.endpoint} ${order.receiver.keys}`;
    done.add(to);
    if (order.receiver.subject === 'pseudonym') done.add(`${to} pseudonym`);
    if (!order.receiver.cover) done.add(`${to} without cover`);
    for (let slots = 1; slots <= order.receiver.slotsPerDay; slots++) done.add(`${to} slot ${slots}`);
  }
  return done;
}

/** An effect of `order` on the content that no order before had, if there is one. */
function newEffect(before: readonly DetectionOrder[], order: DetectionOrder, content: Content): string | undefined {
  const effect = effects(order, content);
  for (const old of before) {
    if (effect.size === 0) break;
    for (const done of effects(old, content)) effect.delete(done);
  }
  return effect.values().next().value;
}

/** Replaces the only detect item of an order. */
const withItem = (order: DetectionOrder, members: object): object => ({ detect: [{ ...order.detect[0], ...members }] });
const withRule = (order: DetectionOrder, members: object): object =>
  order.detect[0]?.signal ? withItem(order, { signal: { ...order.detect[0].signal, ...members } }) : {};
const isWeak = ({ detect: [item] }: DetectionOrder): boolean =>
  item?.kind === 'classifier' || item?.signal?.confirm !== undefined;
const withConfirming = (order: DetectionOrder, members: object): object => {
  const [item] = order.detect;
  const confirm = item?.kind === 'known' ? item.signal?.confirm : undefined;
  return confirm ? withRule(order, { confirm: { ...confirm, ...members } }) : {};
};
const withTo = (order: DetectionOrder, members: object): object =>
  order.receiver ? { receiver: { ...order.receiver, ...members } } : {};
const OTHER_LIST = 'lists:v1/lists/other/manifest.json';
const OTHER_MODEL = 'provider:v1/models/other/manifest.json';

/** One change for each line of the specification's list. A change that an order cannot have returns no members. */
const CHANGES: Record<string, (order: DetectionOrder) => object> = {
  'a surface more': ({ surfaces }) => ({ surfaces: [...SURFACES.filter((one) => !surfaces.includes(one)).slice(0, 1), ...surfaces] }), // prettier-ignore
  'a medium more': ({ media }) => ({ media: [...MEDIA.filter((one) => !media.includes(one)).slice(0, 1), ...media] }),
  'a list more': ({ detect }) => ({ detect: [...detect, { ...known, list: OTHER_LIST, signal: undefined }] }),
  'another list': (o) => (o.detect[0]?.kind === 'known' ? withItem(o, { list: OTHER_LIST }) : {}),
  'another model': (o) => (o.detect[0]?.kind === 'classifier' ? withItem(o, { model: OTHER_MODEL }) : {}),
  'a variant more': (o) => (o.detect[0]?.kind === 'known' ? withItem(o, { variants: [...new Set<Variant>([...o.detect[0].variants, 'borders'])] }) : {}), // prettier-ignore
  'a larger distance': (o) => (o.detect[0]?.kind === 'known' ? withItem(o, { maxDistance: 31 }) : {}),
  'a lower quality': (o) => (o.detect[0]?.kind === 'known' ? withItem(o, { minQuality: 0 }) : {}),
  'fewer that also signed': (o) => (o.detect[0]?.kind === 'known' ? withItem(o, { alsoBy: [] }) : {}),
  'a lower bucket': (o) => (o.detect[0]?.kind === 'classifier' ? withItem(o, { minBucket: 1 }) : {}),
  'a stricter action': (o) => withItem(o, { action: 'block' }),
  'a stricter onUnscannable': () => ({ onUnscannable: 'block' }),
  'a lower threshold': (o) => withRule(o, { threshold: isWeak(o) ? 3 : 1 }),
  'longer withinDays': (o) => withRule(o, { withinDays: 90 }),
  'a signal where none was': (o) =>
    o.detect[0]?.signal || !o.surfaces.includes('send')
      ? {}
      : {
          ...withItem(o, {
            signal: {
              ...(o.detect[0]?.kind === 'known' && { evidence: ['exact'] }),
              ...CLASSIFIER_SIGNAL,
              withinDays: 1,
            },
          }),
          receiver: first.receiver,
        },
  'confirmed matches as evidence': (o) =>
    o.detect[0]?.kind === 'known' && !o.detect[0].signal?.confirm ? withRule(o, CONFIRMED) : {},
  'exact matches as evidence': (o) =>
    o.detect[0]?.kind === 'known' && o.detect[0].signal?.confirm
      ? withRule(o, { evidence: ['exact', 'confirmed'] })
      : {},
  'another confirming model': (o) => withConfirming(o, { manifestDigest: 'e'.repeat(64) }),
  'a lower bucket of the confirming model': (o) => withConfirming(o, { minBucket: 1 }),
  'another purpose': (o) =>
    o.detect[0]?.kind === 'known' && !o.detect[0].signal ? withItem(o, { purpose: 'victim-submitted' }) : {},
  'a subject where none was': (o) => withTo(o, { subject: 'pseudonym' }),
  'another endpoint': (o) => withTo(o, { endpoint: 'https://third.example/v1/signals' }),
  'other keys': (o) => withTo(o, { keys: 'provider:v1/keys/third.json' }),
  'more slots': (o) => withTo(o, { slotsPerDay: 86_400 }),
  'cover off': (o) => withTo(o, { cover: false }),
  'a later notice': () => ({ notify: { user: 'after', days: 1 } }),
  'a later end': () => ({ notAfter: '2028-10-01T00:00:00Z' }),
  'another basis': () => ({ basis: 'consent' }),
  'another authority': ({ issuer }) => ({ issuer: { ...issuer, authority: 'Another' } }),
  'another court': ({ issuer }) => ({ issuer: { ...issuer, court: 'Another' } }),
  'another instrument': ({ legal }) => ({ legal: { ...legal, instrument: 'Another' } }),
  'another service': ({ service }) => ({ service: { ...service, name: 'Another' } }),
};

describe('properties', () => {
  test.for(Object.entries(CHANGES))('%s widens every order that it changes', ([, change]) => {
    let changed = 0;
    fc.assert(
      fc.property(anyOrder, (order) => {
        const [item] = order.detect;
        const old = makeOrder({ ...order, detect: [item], receiver: item?.signal && order.receiver });
        const next = makeOrder({ ...old, ...change(old) });
        if (JSON.stringify(next) === JSON.stringify(old)) return;
        changed++;
        expect(widens([old], next)).toBe(true);
        expect(widens([old, next], next)).toBe(false);
      }),
      { numRuns: 100, seed: 20_261_129 },
    );
    expect(changed).toBeGreaterThan(0);
  });

  test('an order that is not wider gives no content a new effect', () => {
    let narrower = 0;
    fc.assert(
      fc.property(fc.array(anyOrder, { maxLength: 3 }), anyOrder, (before, order) => {
        if (widens(before, order)) return;
        narrower++;
        for (const content of CONTENTS) {
          const effect = newEffect(before, order, content);
          // Not by `expect` alone: 100,000 of its calls take longer than all else here.
          if (effect !== undefined) expect.fail(`${effect}: ${JSON.stringify(content)}`);
        }
      }),
      { numRuns: 300, seed: 20_261_130 }, // chance alone gives few orders that are not wider, and some seeds none
    );
    expect(narrower).toBeGreaterThan(0);
  });

  test('an order that is wider than a single earlier one gives some content a new effect', () => {
    fc.assert(
      fc.property(anyOrder, anyOrder, (old, order) => {
        if (!widens([old], order)) return;
        // CONTENTS cannot distinguish two items of `old` that together find what one item of `order` finds.
        if (old.detect.length > 1) return;
        expect(CONTENTS.some((content) => newEffect([old], order, content) !== undefined)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('an order does not widen itself, is wider than no order, and never becomes wider by more earlier orders', () => {
    fc.assert(
      fc.property(anyOrder, anyOrder, anyOrder, (a, b, order) => {
        expect(widens([order], order)).toBe(false);
        expect(widens([], order)).toBe(true);
        if (!widens([a], order)) expect(widens([a, b], order)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});
