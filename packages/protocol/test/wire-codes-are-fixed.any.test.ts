import { expect, test } from 'vitest';
import { EVIDENCE_CODES, KIND_CODES, MEDIA_CODES, SURFACE_CODES } from '../src/signal.ts';

test('a signal’s codes are those that devices and receivers already use', () => {
  expect(KIND_CODES).toEqual({ match: 1, sensitive: 2, cover: 3 });
  expect(SURFACE_CODES).toEqual({ send: 1, receive: 2, upload: 3, profile: 4 });
  expect(EVIDENCE_CODES).toEqual({ classifier: 0, exact: 1, confirmed: 2 });
  expect(MEDIA_CODES).toEqual({ image: 1, video: 2, file: 3 });
});

test.each([KIND_CODES, SURFACE_CODES, MEDIA_CODES])('no two values share a code, and 0 is none: %o', (codes) => {
  const values = Object.values(codes);
  expect(new Set(values).size).toBe(values.length);
  expect(values.every((code) => Number.isInteger(code) && code >= 1 && code <= 255)).toBe(true);
});
