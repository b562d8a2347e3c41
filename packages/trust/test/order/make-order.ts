/** Orders for the tests of widening: one valid order, and arbitrary ones for property tests. */
import fc from 'fast-check';
import { check } from '@lodestone/protocol/document';
import { EXAMPLE_ENDPOINT, exampleClassifier, exampleKnown, exampleOrder } from '@lodestone/protocol/example';
import type { Name } from '@lodestone/protocol/name';
import { ACTIONS, MEDIA, SURFACES } from '@lodestone/protocol/surface';
import { DetectionOrder } from '@lodestone/protocol/order';

export const ENDPOINT: string = EXAMPLE_ENDPOINT;

const ORDER = exampleOrder({
  id: 'demo-order' as Name,
  detect: [
    exampleKnown({
      alsoBy: ['second' as Name],
      maxDistance: 20,
      variants: ['orientations'],
      action: 'warn',
      signal: { surfaces: ['send'], evidence: ['exact'], threshold: 2, withinDays: 30 },
    }),
    exampleClassifier({ signal: undefined }),
  ],
});

/** Checked against the schema, so no test uses an invalid order. */
export function makeOrder(members: Record<string, unknown> = {}): DetectionOrder {
  return check(DetectionOrder, { ...ORDER, ...members }, 'order');
}

/** The two models that may confirm near matches, by their digests. */
export const CONFIRMING: readonly string[] = ['c'.repeat(64), 'd'.repeat(64)];
const terms = (surfaces: string[], thresholds: number[]) =>
  fc.record({
    surfaces: fc.subarray(
      surfaces.filter((surface) => surface !== 'receive'),
      { minLength: 1 },
    ),
    threshold: fc.constantFrom(...thresholds),
    withinDays: fc.constantFrom(1, 30),
  });
const confirm = fc.record({
  model: fc.constant('provider:v1/models/m/manifest.json'),
  manifestDigest: fc.constantFrom(...CONFIRMING),
  minBucket: fc.constantFrom(5, 9),
});
const exactly = { evidence: fc.constant(['exact']) };
const confirmed = { evidence: fc.constantFrom(['confirmed'], ['exact', 'confirmed']), confirm };
const knownSignal = (surfaces: string[]) =>
  fc.oneof(
    fc.tuple(terms(surfaces, [1, 2, 3]), fc.record(exactly)).map(([rule, why]) => ({ ...rule, ...why })),
    fc.tuple(terms(surfaces, [3, 4]), fc.record(confirmed)).map(([rule, why]) => ({ ...rule, ...why })),
  );
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const detect = (surfaces: string[]) => {
  const maySignal = surfaces.some((surface) => surface !== 'receive');
  const action = fc.constantFrom(...ACTIONS);
  return fc.oneof(
    fc
      .record({
        list: fc.constantFrom('lists:v1/lists/a/manifest.json', 'lists:v1/lists/b/manifest.json'),
        alsoBy: fc.subarray(['second', 'third']),
        maxDistance: fc.constantFrom(0, 20, 31),
        minQuality: fc.constantFrom(0, 50),
        variants: fc.subarray(['orientations', 'borders']),
        action,
        signal: maySignal ? optional(knownSignal(surfaces)) : fc.constant(undefined),
      })
      .map((members) => ({ ...exampleKnown(), ...members })),
    fc
      .record({
        model: fc.constant('provider:v1/models/m/manifest.json'),
        minBucket: fc.constantFrom(5, 9),
        action,
        signal: maySignal ? optional(terms(surfaces, [3, 4])) : fc.constant(undefined),
      })
      .map((members) => ({ ...exampleClassifier(), ...members })),
  );
};

/** Arbitrary orders with few different values, so that two of them often overlap. */
export const anyOrder: fc.Arbitrary<DetectionOrder> = fc
  .subarray([...SURFACES], { minLength: 1 })
  .chain((surfaces) =>
    fc.record({
      surfaces: fc.constant(surfaces),
      media: fc.subarray([...MEDIA], { minLength: 1 }),
      detect: fc.array(detect(surfaces), { minLength: 1, maxLength: 3 }),
      onUnscannable: fc.constantFrom(...ACTIONS),
      receiver: fc.record({
        endpoint: fc.constantFrom(ENDPOINT, 'https://other.example/v1/signals'),
        keys: fc.constantFrom('provider:v1/keys/receiver.json', 'provider:v1/keys/other.json'),
        subject: fc.constantFrom('none', 'pseudonym'),
        slotsPerDay: fc.constantFrom(1, 24),
        cover: fc.boolean(),
      }),
    }),
  )
  .map(({ receiver, ...order }) =>
    makeOrder({ ...order, receiver: order.detect.some((item) => item.signal) ? receiver : undefined }),
  );
