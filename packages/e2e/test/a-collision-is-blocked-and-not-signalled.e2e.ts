/**
 * From one listed PDQ row a harmless photograph is made to collide with it. The chat blocks the collision and signals
 * nothing; the listed file itself is signalled. Spec: docs/detection/collisions.md
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { LOCKED_LIST } from '@lodestone/demo/order';
import { loadPdq } from '@lodestone/pdq';
import { ID_BYTES, LOCKED_PDQ_BYTES, parseRelease } from '@lodestone/protocol';
import { photographFile, type PhotographName } from '@lodestone/testkit/photographs';
import sharp from 'sharp';
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import { collide, type Picture, psnr } from './fixture/collision.ts';
import { expect, test } from './fixture/test.ts';

/** Send slots of the demo's order are one second apart on average, so a signal would almost surely be sent in this time. */
const QUIET_MS = 5_000;
const pdq = await loadPdq();

async function read(file: string | Buffer, side?: number): Promise<Picture> {
  const picture = sharp(file).autoOrient().toColourspace('srgb').removeAlpha();
  const sized = side ? picture.resize({ width: side, height: side, fit: 'cover' }) : picture;
  const { data, info } = await sized.raw().toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height };
}
const hashOf = (picture: Picture): Uint8Array => pdq.hash({ ...picture, channels: 3 }).hash;
const distance = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((bits, byte, i) => bits + (byte ^ (b[i] ?? 0)).toString(2).replaceAll('0', '').length, 0);
/** The row that the demo's list has of this file: its hash at full size. */
const listedHash = async (file: string): Promise<Uint8Array> => hashOf(await read(await readFile(file)));

/** From how many bits may stay wrong, and the margin, to the distance and PSNR that docs/detection/collisions.md states. */
const RECIPES: [base: PhotographName, wrongBits: number, margin: number, distance: number, leastPsnr: number][] = [
  ['locomotion-house-cat', 16, 12, 28, 33],
  ['french-alpine-landscape', 16, 12, 28, 30],
  ['locomotion-house-cat', 0, 30, 0, 26],
  ['french-alpine-landscape', 0, 30, 0, 24],
];

for (const [base, wrongBits, margin, farthest, leastPsnr] of RECIPES) {
  test(`${base} collides at distance ${farthest} or less, with a PSNR of at least ${leastPsnr} dB`, async () => {
    const original = await read(photographFile(base), 512);
    for (const listed of ['nagasaki-boats', 'airplane-from-above'] as const) {
      const hash = await listedHash(photographFile(listed));
      expect(distance(hashOf(original), hash)).toBeGreaterThan(100);
      const collision = collide(original, hash, wrongBits, margin);
      expect(distance(hashOf(collision), hash)).toBeLessThanOrEqual(farthest);
      expect(psnr(original, collision)).toBeGreaterThan(leastPsnr);
    }
  });
}

test(
  'a collision is blocked and signals nothing, at any distance; the listed file signals',
  { tag: ALL_TAG },
  async ({ demo, chat }) => {
    const hash = await listedHash(demo.sample('harbour.jpg'));
    await chat.open(demo.chat);
    for (const [base, wrongBits, margin] of RECIPES) {
      const { data, width, height } = collide(await read(photographFile(base), 512), hash, wrongBits, margin);
      const buffer = await sharp(data, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer();
      const collision = { name: `${base}-${wrongBits}.png`, mimeType: 'image/png', buffer };
      expect(await chat.attach(collision)).toMatchObject({ outcome: 'match', action: 'block' });
    }
    await chat.page.waitForTimeout(QUIET_MS);
    expect(demo.signals()).toHaveLength(0);
    await expect(chat.pane('bob').locator('.message')).toHaveCount(0);

    expect(await chat.attach(demo.sample('harbour.jpg'))).toMatchObject({ outcome: 'match', action: 'block' });
    await expect.poll(() => demo.signals().length, { timeout: 20_000 }).toBe(1);
  },
);

test.describe('of a locked list', () => {
  test.use({ terms: { locked: true } });

  test(
    'nobody collides with what is in the file; with the original, a collision is blocked and signals nothing',
    { tag: ALL_TAG },
    async ({ demo, chat }) => {
      const base = await read(photographFile('locomotion-house-cat'), 512);
      const attach = async (name: string, hash: Uint8Array): Promise<unknown> => {
        const { data, width, height } = collide(base, hash, 0, 30);
        const buffer = await sharp(data, { raw: { width, height, channels: 3 } })
          .png()
          .toBuffer();
        return chat.attach({ name, mimeType: 'image/png', buffer });
      };
      await chat.open(demo.chat);
      const list = chat.inspector.getByRole('region', { name: new RegExp(`^List .*/${LOCKED_LIST}/`) });
      await expect(list).toContainText('locked: the device cannot read this list');
      for (const [i, row] of (await lockedRows(demo.authorities.lists.repository)).slice(0, 3).entries())
        expect(await attach(`row-${i}.png`, row)).toMatchObject({ outcome: 'clear', action: 'allow' });
      const original = await listedHash(demo.sample('canyon.jpg'));
      expect(await attach('original.png', original)).toMatchObject({ outcome: 'match', action: 'block' });
      expect(await chat.attach(demo.sample('canyon.jpg'))).toMatchObject({ outcome: 'match', action: 'block' });
      await chat.page.waitForTimeout(QUIET_MS);
      expect(demo.signals()).toHaveLength(0);
    },
  );
});

/** The bytes of a locked list where a plain one has readable rows. */
async function lockedRows(repository: string): Promise<Uint8Array[]> {
  const files = await readdir(repository, { recursive: true });
  const file = files.find((one) => one.endsWith('.lode') && one.split(path.sep).includes(LOCKED_LIST)) ?? '';
  const { locked } = parseRelease(new Uint8Array(await readFile(path.join(repository, file))));
  const rowBytes = (locked?.payloads.length ?? 0) / (locked?.count ?? 1);
  return Array.from({ length: locked?.count ?? 0 }, (_, i) =>
    (locked as NonNullable<typeof locked>).payloads.subarray(
      i * rowBytes + ID_BYTES,
      i * rowBytes + ID_BYTES + LOCKED_PDQ_BYTES,
    ),
  );
}
