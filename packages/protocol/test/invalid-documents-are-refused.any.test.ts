/** Every signed JSON document: printing and parsing round-trips, and each kind of invalid document is refused. */
import {
  type ErrorCode,
  fromUtf8,
  LIMITS,
  LodestoneError,
  parseKeys,
  parseManifest,
  parseModelManifest,
  parseOrder,
  parseSuppression,
  printKeys,
  printManifest,
  printModelManifest,
  printOrder,
  printSuppression,
  utf8,
} from '@lodestone/protocol';
import fc, { type Arbitrary } from 'fast-check';
import { exampleClassifier, exampleKnown, exampleOrder } from '@lodestone/protocol/example';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { keys, manifest, model, order, suppression } from '@lodestone/testkit/arbitrary';
import { refused } from './refusal.ts';

interface Kind {
  name: string;
  any: Arbitrary<object>;
  parse: (bytes: Uint8Array) => object;
  print: (value: never) => Uint8Array<ArrayBuffer>;
  maxBytes: number;
  /** Keys that may be left out. */
  optional: readonly string[];
}

const kinds: Kind[] = [
  {
    name: 'order',
    any: order,
    parse: parseOrder,
    print: printOrder,
    maxBytes: LIMITS.orderBytes,
    optional: ['court', 'signal', 'receiver'], // `confirm` depends on `evidence`
  },
  {
    name: 'manifest',
    any: manifest,
    parse: parseManifest,
    print: printManifest,
    maxBytes: LIMITS.manifestBytes,
    optional: ['delta'],
  },
  {
    name: 'suppression',
    any: suppression,
    parse: parseSuppression,
    print: printSuppression,
    maxBytes: LIMITS.suppressionBytes,
    optional: [],
  },
  {
    name: 'model manifest',
    any: model,
    parse: parseModelManifest,
    print: printModelManifest,
    maxBytes: LIMITS.manifestBytes,
    optional: [],
  },
  { name: 'keys', any: keys, parse: parseKeys, print: printKeys, maxBytes: LIMITS.keysBytes, optional: [] },
];

/** Every object in a document, except those whose keys are data (summaries by language). */
function* objectsIn(value: unknown, key = ''): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value) && key !== 'summary') yield value as Record<string, unknown>;
  for (const [name, inner] of Object.entries(value)) yield* objectsIn(inner, name);
}

const json = (value: unknown): Uint8Array<ArrayBuffer> => utf8(JSON.stringify(value));

describe.each(kinds)('$name', ({ any, parse, print, maxBytes, optional }) => {
  const codeOf = (bytes: Uint8Array): ErrorCode | undefined => {
    try {
      parse(bytes);
      return undefined;
    } catch (error) {
      if (error instanceof LodestoneError) return error.code;
      throw error;
    }
  };

  test('any valid document parses to the printed value, and prints the same bytes again', () => {
    fc.assert(
      fc.property(any, (value) => {
        const bytes = print(value as never);
        expect(parse(bytes)).toEqual(value);
        expect(print(parse(bytes) as never)).toEqual(bytes);
        expect(fromUtf8(bytes).endsWith('}\n')).toBe(true);
      }),
    );
  });

  test('an unknown key is refused in every object', () => {
    fc.assert(
      fc.property(any, (value) => {
        for (const object of objectsIn(value)) {
          object['extra'] = null;
          expect(codeOf(json(value))).toBe('ERR_SCHEMA');
          delete object['extra'];
        }
        expect(codeOf(json(value))).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });

  test('a required key that is missing or null is refused', () => {
    fc.assert(
      fc.property(any, (value) => {
        for (const object of objectsIn(value)) {
          for (const [key, kept] of Object.entries(object)) {
            object[key] = null;
            expect(codeOf(json(value))).toBe('ERR_SCHEMA');
            delete object[key];
            if (!optional.includes(key)) expect(codeOf(json(value))).toBe('ERR_SCHEMA');
            object[key] = kept;
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  test('another version or kind of document is refused', () => {
    fc.assert(
      fc.property(any, (value) => {
        const { schema } = value as { schema: string };
        for (const other of [schema.replace('/v1', '/v2'), schema.replace('/v1', ''), 'lodestone/other/v1', 1]) {
          expect(codeOf(json({ ...value, schema: other }))).toBe('ERR_SCHEMA');
        }
      }),
      { numRuns: 5 },
    );
  });

  test('a document at the size limit is parsed, and one byte more is refused', () => {
    const [value] = fc.sample(any, { seed: 1, numRuns: 1 });
    const padded = new Uint8Array(maxBytes + 1).fill(0x20);
    padded.set(json(value));
    expect(codeOf(padded.subarray(0, maxBytes))).toBeUndefined();
    expect(codeOf(padded)).toBe('ERR_SIZE');
  });

  test('arbitrary JSON and bytes either parse or throw a LodestoneError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue().map(json), fc.uint8Array({ maxLength: 200 })), (bytes) => {
        expect(codeOf(bytes)).toBe('ERR_SCHEMA'); // random bytes are never a valid document
      }),
    );
  });

  test.each([
    ['a byte order mark', Uint8Array.of(0xef, 0xbb, 0xbf)],
    ['a byte that is not UTF-8', Uint8Array.of(0xff)],
    ['a second document', utf8('{}')],
  ])('%s before the document is refused', (_, before) => {
    const [value] = fc.sample(any, { seed: 2, numRuns: 1 });
    expect(codeOf(Uint8Array.from([...before, ...json(value)]))).toBe('ERR_SCHEMA');
  });
});

describe('rules between the fields of an order', () => {
  const [sample] = fc.sample(
    order.filter(({ detect }) => detect.some(({ signal }) => signal)),
    { seed: 3, numRuns: 1 },
  );
  if (!sample) throw new Error('no sample');
  const detect = sample.detect.filter(({ signal }) => signal).slice(0, 1);
  const base = { ...sample, detect };

  test('the base order is valid', () => {
    expect(parseOrder(json(base))).toEqual(base);
  });
  test('the error for a key of another version names the key, its place, and the version that this release reads', () => {
    const older = detect.map(({ signal, ...rest }) => {
      const { threshold, ...others } = signal ?? {};
      return { ...rest, signal: { ...others, after: threshold } };
    });
    expect(() => parseOrder(json({ ...base, detect: older }))).toThrow(
      /^order: 2 faults: at detect\.0\.signal: unknown key after; at detect\.0\.signal\.threshold: is missing: use a value of type number\. This release reads lodestone\/order\/v1: /,
    );
  });
  test('the error does not depend on the language that an app has set for zod', () => {
    const wrong = json({ ...base, basis: 'law', helpline: [] });
    const message = /^order: 2 faults: unknown key helpline; at basis: "law" is not allowed: use one of /;
    expect(() => parseOrder(wrong)).toThrow(message);
    z.config(z.locales.de());
    try {
      expect(() => parseOrder(wrong)).toThrow(message);
    } finally {
      z.config({ localeError: undefined });
    }
  });
  test('the error names all faults at once, with the values that are allowed, and never more than twenty', () => {
    const { notify: _, ...rest } = base;
    const wrong = { ...rest, basis: 'law', media: [...base.media, 'text'], helpline: [], surfaces: 'send' };
    expect(() => parseOrder(json(wrong))).toThrow(
      'order: 5 faults: unknown key helpline; ' +
        'at basis: "law" is not allowed: use one of "order", "consent", "provider-policy"; ' +
        'at surfaces: "send" is not allowed: use a value of type array; ' +
        `at media.${base.media.length}: "text" is not allowed: use one of "image", "video", "file"; ` +
        'at notify: is missing. This release reads lodestone/order/v1: ',
    );
    const many = { ...base, detect: Array.from({ length: 8 }, () => ({ kind: 'known' })) };
    expect(() => parseOrder(json(many))).toThrow(
      /^order: \d\d faults: (at detect\.\d\.\w+: is missing[^;]*?(; )?){20}\. This/,
    );
  });
  test.each([
    ['notAfter equal to notBefore', { notAfter: base.notBefore }],
    ['a period of more than 24 months', { notBefore: '2026-01-01T00:00:00Z', notAfter: '2028-01-04T00:00:01Z' }],
    ['signals without a receiver', { receiver: undefined }],
    ['a receiver without signals', { detect: detect.map(({ signal: _, ...rest }) => rest) }],
    ['a signal from a surface that the order does not name', { surfaces: ['receive'] }],
    [
      'a signal of what a person receives',
      {
        surfaces: ['send', 'receive'],
        detect: detect.map((d) => ({ ...d, signal: { ...d.signal, surfaces: ['receive'] } })),
      },
    ],
    ['no detect item', { detect: [] }],
    ['nine detect items', { detect: Array.from({ length: 9 }, () => detect[0]) }],
    ['a surface twice', { surfaces: [...base.surfaces, base.surfaces[0]] }],
    ['a day that does not exist', { notBefore: '2026-02-30T00:00:00Z' }],
    ['no summary', { summary: {} }],
    ['a summary with a control character', { summary: { en: 'a\u0007b' } }],
    ['an id in capitals', { id: 'ORDER' }],
    ['an endpoint without TLS', { receiver: { ...base.receiver, endpoint: 'http://receiver.example/' } }],
    ['an endpoint with a password', { receiver: { ...base.receiver, endpoint: 'https://a:b@receiver.example/' } }],
    ['more slots a day than seconds', { receiver: { ...base.receiver, slotsPerDay: 86_401 } }],
  ])('%s is refused', (_, change) => {
    refused(() => parseOrder(json({ ...base, ...change })), 'ERR_SCHEMA');
  });
});

describe('rules of evidence, purpose and help', () => {
  const base = exampleOrder();
  const CONFIRM = {
    model: 'provider:v1/models/m/manifest.json',
    manifestDigest: 'ab'.repeat(32),
    minBucket: 8,
  };
  const CONFIRMED = { evidence: ['confirmed'], confirm: CONFIRM, threshold: 3 };
  const signalling = (rule: object): object => ({
    detect: [{ ...exampleKnown(), signal: { ...exampleKnown().signal, ...rule } }],
  });

  test.each<[string, object]>([
    ['exact evidence after one match', signalling({ threshold: 1 })],
    ['confirmed evidence after three', signalling(CONFIRMED)],
    ['both', signalling({ ...CONFIRMED, evidence: ['exact', 'confirmed'] })],
    [
      'a list of purpose other that does not signal',
      { detect: [exampleKnown({ purpose: 'other', signal: undefined }), exampleClassifier()] },
    ],
    ['a delayed notice by a court', { notify: { user: 'after', days: 180 } }],
  ])('%s is valid', (_, change) => {
    expect(() => parseOrder(json({ ...base, ...change }))).not.toThrow();
  });
  test.each<[string, object]>([
    ['no help', { help: [] }],
    ['a delayed notice by the provider', { basis: 'provider-policy', notify: { user: 'after', days: 1 } }],
    ['a delayed notice by consent', { basis: 'consent', notify: { user: 'after', days: 1 } }],
    ...(['victim-submitted', 'other'] as const).map((purpose): [string, object] => [
      `a signal by a list of purpose ${purpose}`,
      { detect: [exampleKnown({ purpose })] },
    ]),
    [
      'an unknown purpose',
      { detect: [{ ...exampleKnown({ signal: undefined }), purpose: 'all' }], receiver: undefined },
    ],
    ['a list without a purpose', { detect: [{ ...exampleKnown(), purpose: undefined }] }],
    ['a signal without evidence', signalling({ evidence: [] })],
    ['a near match as evidence', signalling({ evidence: ['exact', 'near'] })],
    ['confirmed evidence without a model', signalling({ evidence: ['confirmed'], threshold: 3 })],
    ['a confirming model for exact evidence', signalling({ evidence: ['exact'], confirm: CONFIRM, threshold: 3 })],
    ['confirmed evidence after two', signalling({ evidence: ['confirmed'], confirm: CONFIRM, threshold: 2 })],
    ['a confirming model without a digest', signalling({ ...CONFIRMED, confirm: { ...CONFIRM, manifestDigest: '' } })],
    ['a confirming model of bucket 0', signalling({ ...CONFIRMED, confirm: { ...CONFIRM, minBucket: 0 } })],
    ...[1, 2, 33].map((threshold): [string, object] => [
      `a classifier that signals after ${threshold}`,
      { detect: [exampleClassifier({ signal: { surfaces: ['send'], threshold, withinDays: 30 } })] },
    ]),
  ])('%s is refused', (_, change) => {
    refused(() => parseOrder(json({ ...base, ...change })), 'ERR_SCHEMA');
  });
});

describe('rules of a model manifest', () => {
  const target = (path: string) => ({ path, length: 1, sha256: 'ab'.repeat(32) });
  const base = {
    schema: 'lodestone/model/v1',
    model: 'shapes',
    version: 1,
    file: target('v1/models/shapes/1.onnx'),
    runtime: target('v1/models/runtime/abababababababab.wasm'),
    input: { name: 'in', width: 32, height: 24, layout: 'nchw', mean: [0, 255, 0], scale: [1, -1, 1] },
    output: { name: 'out', classes: ['plain', 'marked', 'other'], sensitive: ['marked', 'other'] },
    buckets: [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
    figures: [{ group: 'all', bucket: 8, pictures: 200, falseAlarms: 0.01, found: 0.9 }],
    notAfter: '2026-12-01T00:00:00Z',
  };
  const figure = base.figures[0];
  const many = (count: number) => Array.from({ length: count }, (_, i) => `class ${i}`);

  test.each<[string, object]>([
    ['the base', {}],
    ['without figures', { figures: [] }],
    ['with the most classes', { output: { name: 'out', classes: many(64), sensitive: many(64) } }],
    ['with the largest sides', { input: { ...base.input, width: 512, height: 512 } }],
    ['with a last bucket at 1', { buckets: [...base.buckets.slice(0, 9), 1] }],
  ])('valid: %s', (_, change) => {
    expect(parseModelManifest(json({ ...base, ...change }))).toEqual({ ...base, ...change });
  });

  test.each<[string, object]>([
    ['a sensitive class that is not one of the classes', { output: { ...base.output, sensitive: ['nude'] } }],
    ['no sensitive class', { output: { ...base.output, sensitive: [] } }],
    ['no class', { output: { ...base.output, classes: [], sensitive: [] } }],
    ['a class twice', { output: { ...base.output, classes: ['plain', 'marked', 'other', 'plain'] } }],
    ['a sensitive class twice', { output: { ...base.output, sensitive: ['marked', 'marked'] } }],
    ['65 classes', { output: { name: 'out', classes: many(65), sensitive: ['class 1'] } }],
    ['nine buckets', { buckets: base.buckets.slice(1) }],
    ['eleven buckets', { buckets: [...base.buckets, 0.95] }],
    ['decreasing buckets', { buckets: base.buckets.toReversed() }],
    ['two equal buckets', { buckets: base.buckets.with(4, 0.3) }],
    ['a bucket at 0, which every picture reaches', { buckets: base.buckets.with(0, 0) }],
    ['a bucket above 1, which no picture reaches', { buckets: base.buckets.with(9, 1.01) }],
    ['buckets that are not numbers', { buckets: base.buckets.map(String) }],
    ['a side of 0', { input: { ...base.input, width: 0 } }],
    ['a side of 513', { input: { ...base.input, height: 513 } }],
    ['half a pixel', { input: { ...base.input, width: 31.5 } }],
    ['another layout', { input: { ...base.input, layout: 'chwn' } }],
    ['two colours', { input: { ...base.input, mean: [0, 0] } }],
    ['four colours', { input: { ...base.input, scale: [1, 1, 1, 1] } }],
    ['a scale over its limit', { input: { ...base.input, scale: [1, 1, 1e7] } }],
    ['a tensor without a name', { input: { ...base.input, name: '' } }],
    ['a tensor with a control character', { output: { ...base.output, name: 'a\u0000' } }],
    ['version 0', { version: 0 }],
    ['a name in capitals', { model: 'Shapes' }],
    ['an empty file', { file: { ...base.file, length: 0 } }],
    ['a file with a URL as path', { file: { ...base.file, path: 'https://models.example/1.onnx' } }],
    ['figures of bucket 0', { figures: [{ ...figure, bucket: 0 }] }],
    ['figures of bucket 11', { figures: [{ ...figure, bucket: 11 }] }],
    ['figures of no picture', { figures: [{ ...figure, pictures: 0 }] }],
    ['false alarms as a percentage', { figures: [{ ...figure, falseAlarms: 2 }] }],
    ['a negative fraction found', { figures: [{ ...figure, found: -0.1 }] }],
    ['65 groups', { figures: Array.from({ length: 65 }, () => figure) }],
    ['an empty notAfter', { notAfter: '' }],
  ])('%s is refused', (_, change) => {
    refused(() => parseModelManifest(json({ ...base, ...change })), 'ERR_SCHEMA');
  });

  test('a value that JSON cannot represent is not printed', () => {
    const print = (change: object) => () => printModelManifest({ ...base, ...change } as never);
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      refused(print({ input: { ...base.input, mean: [0, wrong, 0] } }), 'ERR_SCHEMA');
      refused(print({ buckets: base.buckets.with(9, wrong) }), 'ERR_SCHEMA');
      refused(print({ figures: [{ ...figure, found: wrong }] }), 'ERR_SCHEMA');
    }
  });
});

describe('rules of the other documents', () => {
  const suppressed = (entries: unknown) => json({ schema: 'lodestone/suppression/v1', list: 'a', entries });
  test.each([[[2, 1]], [[1, 1]], [[0]], [[4_294_967_296]], [[1.5]], [['1']]])(
    'suppressed entries %j are refused',
    (entries) => {
      refused(() => parseSuppression(suppressed(entries)), 'ERR_SCHEMA');
    },
  );
  test('keys: an empty list, a fifth key, or a duplicate id are refused', () => {
    const key = (id: number) => ({
      id,
      publicKey: 'a'.repeat(64),
      notBefore: '2026-01-01T00:00:00Z',
      notAfter: '2026-02-01T00:00:00Z',
    });
    const document = (ids: number[]) => json({ schema: 'lodestone/keys/v1', keys: ids.map(key) });
    expect(parseKeys(document([1, 255])).keys.length).toBe(2);
    for (const ids of [[], Array.from({ length: 5 }, (_, i) => i + 1), [3, 3], [0], [256]]) {
      refused(() => parseKeys(document(ids)), 'ERR_SCHEMA');
    }
  });
  test.each([
    ['ends when it begins', '2026-01-01T00:00:00Z'],
    ['ends before it begins', '2025-12-31T00:00:00Z'],
    ['lasts a second longer than 90 days', '2026-04-01T00:00:01Z'],
  ])('keys: a key that %s is refused', (_, notAfter) => {
    const key = { id: 1, publicKey: 'a'.repeat(64), notBefore: '2026-01-01T00:00:00Z' };
    const document = (end: string) => json({ schema: 'lodestone/keys/v1', keys: [{ ...key, notAfter: end }] });
    expect(parseKeys(document('2026-04-01T00:00:00Z')).keys).toHaveLength(1);
    refused(() => parseKeys(document(notAfter)), 'ERR_SCHEMA');
  });
});
