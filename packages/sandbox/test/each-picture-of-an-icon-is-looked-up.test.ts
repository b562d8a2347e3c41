/** An icon is complete only if each picture in it was decoded; a listed one in it is found; what is read of it is bounded. */
import { SCAN_LIMITS } from '@lodestone/protocol/limits';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { iconMembers, readIconOfBitmap } from '../src/decode/format/icon.ts';
import { encodePng, iconOf } from './encode.ts';
import { drawPicture, type Rgba } from './picture.ts';
import { type Bytes, listed, pixelsOf, scanWithStubs, type Stubs } from './scan-with-stubs.ts';

/** The listed one has 64 × 48 pixels. */
const others = [1, 2].map((seed) => drawPicture(48, 32, seed + 20));
const withPng = async (picture: Rgba): Promise<Rgba & { png: Bytes }> => ({
  ...picture,
  png: await encodePng(picture),
});

/** The decoder gives the drawn picture whose sides the member has; models see nothing. */
const scan = (icon: Bytes, stubs: Partial<Stubs> = {}) =>
  scanWithStubs(icon, {
    bucket: 0,
    looksOf: (bytes) => ({
      pixels: pixelsOf(sidesIn(bytes) === 64 ? listed : drawPicture(48, 32, 21)),
      isWhole: bytes[0] === 0x89 || readIconOfBitmap(bytes)?.complete === true,
    }),
    ...stubs,
  });
const sidesIn = (bytes: Bytes): number | undefined => (bytes[0] === 0x89 ? bytes[19] : bytes[6]);
const found = (match: string) => [{ kind: 'known', list: 0, entry: 7, match, distance: 0 }];

describe('a listed picture', () => {
  test.for(['icon', 'cursor'] as const)('alone, as %s, is found as itself', async (kind) => {
    for (const member of [listed, await withPng(listed)]) {
      expect(await scan(iconOf([member], kind))).toEqual({ media: 'image', complete: true, findings: found('near') });
    }
  });

  test('among others is found as a part', async () => {
    const icon = iconOf([...others, await withPng(listed)]);
    expect(await scan(icon)).toEqual({ media: 'image', complete: true, findings: found('part') });
  });

  test('in an icon in which another one is damaged is found, and the icon is incomplete', async () => {
    const icon = iconOf([listed, ...others]).slice(0, -2_000);
    expect(await scan(icon)).toMatchObject({ complete: false, reason: 'decode', findings: found('part') });
  });
});

test('an icon without pictures, and one whose pictures are elsewhere, are incomplete', async () => {
  const lost = iconOf(others);
  lost.fill(0xff, 18, 22);
  for (const icon of [iconOf([]), Uint8Array.of(0, 0, 1, 0), lost]) {
    expect(await scan(icon)).toMatchObject({ media: 'image', complete: false, reason: 'decode' });
  }
});

test('more pictures than are looked at are too large', async () => {
  const icon = iconOf([drawPicture(16, 16, 3)]);
  new DataView(icon.buffer).setUint16(4, SCAN_LIMITS.iconMembers + 1, true);
  expect(await scan(icon)).toMatchObject({ complete: false, reason: 'too-large' });
});

test('a picture that the directory names twice is looked at once', () => {
  const icon = iconOf([others[0] as Rgba, others[1] as Rgba]);
  icon.copyWithin(22, 6, 22);
  expect(iconMembers(icon).members).toHaveLength(1);
});

test('no input throws, and the copies are bounded', () => {
  const icon = iconOf([listed, ...others]);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(icon.length - 1), fc.nat(255)), { maxLength: 20 }),
      fc.nat(icon.length),
      (changes, length) => {
        const bytes = icon.slice(0, length);
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        const { members } = iconMembers(bytes);
        expect(members.length).toBeLessThanOrEqual(SCAN_LIMITS.iconMembers);
        for (const member of members) {
          expect(member.bytes.length).toBeLessThan(300_000);
          readIconOfBitmap(member.bytes);
        }
      },
    ),
  );
});
