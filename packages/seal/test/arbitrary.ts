/** Arbitrary signals: every kind, with the limits of every field. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import type { Signal } from '@lodestone/protocol/signal';
import { MEDIA } from '@lodestone/protocol/surface';
import type { Day } from '@lodestone/protocol/time';
import fc from 'fast-check';

export const bytes = (length: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => new Uint8Array(array));

const digest = fc
  .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 })
  .map((hex) => hex as AnyDigest);

const common = {
  surface: fc.constantFrom('send', 'upload', 'profile'),
  media: fc.constantFrom(...MEDIA),
  day: fc.integer({ min: 0, max: 0xffffffff }).map((day) => day as Day),
  signalId: bytes(16),
  orderDigest: digest,
  manifestDigest: digest,
  subject: bytes(32),
} as const;

export const signals: fc.Arbitrary<Signal> = fc.oneof(
  fc.record({
    kind: fc.constant('match' as const),
    ...common,
    entry: fc.integer({ min: 1, max: 0xffffffff }),
    level: fc.integer({ min: 0, max: 31 }),
  }),
  fc.record({
    kind: fc.constant('sensitive' as const),
    ...common,
    entry: fc.constant(0),
    level: fc.integer({ min: 0, max: 10 }),
  }),
  fc.constant({ kind: 'cover' as const }),
);
