/** Our canonical JSON is the one that @tufjs/models signs, for every value that metadata can contain. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Metadata, Signature, Targets } from '@tufjs/models';
import { fromUtf8 } from '@lodestone/protocol/bytes';
import { canonicalJson } from '@lodestone/trust';

const scalar = fc.oneof(fc.string({ unit: 'binary' }), fc.maxSafeInteger(), fc.boolean(), fc.constant(null));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'binary' }), tie('value'), { maxKeys: 4 }),
  ),
}));

/** The bytes that @tufjs/models passes to a signer. */
function signedByModels(custom: unknown): string {
  const targets = new Targets({
    version: 1,
    specVersion: '1.0.0',
    expires: '2100-01-01T00:00:00Z',
    unrecognizedFields: { custom: custom as never },
  });
  let seen = '';
  new Metadata(targets).sign((data) => {
    seen = data.toString('utf8');
    return new Signature({ keyID: '', sig: '' });
  });
  return seen;
}

test('our bytes are those of @tufjs/models for arbitrary values', () => {
  fc.assert(
    fc.property(value, (custom) => {
      const signed = {
        _type: 'targets',
        custom,
        expires: '2100-01-01T00:00:00Z',
        spec_version: '1.0.0',
        targets: {},
        version: 1,
      };
      expect(fromUtf8(canonicalJson(signed))).toBe(signedByModels(custom));
    }),
  );
});

test('keys are sorted by code unit, only quote and backslash are escaped, and there is no whitespace', () => {
  expect(fromUtf8(canonicalJson({ b: [1, true, null], aa: 'q"\\\n', a: {} }))).toBe(
    '{"a":{},"aa":"q\\"\\\\\n","b":[1,true,null]}',
  );
});

test.for([[0.5], [Number.NaN], [2 ** 53], [undefined], [{ a: undefined }], [() => 1], [1n]])(
  'has no form for %s',
  ([odd]) => {
    expect(() => canonicalJson(odd)).toThrow(expect.objectContaining({ code: 'ERR_TRUST_METADATA' }));
  },
);

test('nesting that would overflow the stack is refused', () => {
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(() => canonicalJson(deep)).toThrow(expect.objectContaining({ code: 'ERR_TRUST_METADATA' }));
});
