/** A listed picture is found in any frame of an animation that the engine gives a script; elsewhere the verdict is incomplete. */
import { loadPdq, type Pdq } from '@lodestone/pdq';
import { concatBytes } from '@lodestone/protocol/bytes';
import { SCAN_LIMITS } from '@lodestone/protocol/limits';
import { printRelease } from '@lodestone/protocol/list-file';
import { Verdict } from '@lodestone/protocol/verdict';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeApng, encodePng } from './encode.ts';
import avif from './fixtures/animation.avif?url';
import gif from './fixtures/animation.gif?url';
import webp from './fixtures/animation.webp?url';
import { type OpenSandbox, openSandbox, planList, sandboxList } from './open-sandbox.ts';
import { drawPicture } from './picture.ts';

const bytesOf = async (url: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await (await fetch(url)).arrayBuffer());

const listed = drawPicture(320, 240);
let pdq: Pdq;
let sandbox: OpenSandbox;
/** The engine gives a script only an animation's first frame. */
let firstOnly: boolean;

beforeAll(async () => {
  pdq = await loadPdq();
  sandbox = await openSandbox();
  firstOnly = (await sandbox.event('ready')).needsBitmap;
  const file = printRelease([{ type: 'pdq', entry: 7, payload: pdq.hash(listed).hash }]);
  expect(await sandbox.calls.load(sandboxList('known', file))).toEqual({ ok: true });
});
afterAll(() => sandbox.close());

async function scan(content: Uint8Array<ArrayBuffer>): Promise<Verdict> {
  const verdict = await sandbox.scan(content, [planList('known')]);
  expect(Verdict.safeParse(verdict).success).toBe(true);
  return verdict;
}

const found = [{ kind: 'known', list: 0, entry: 7, match: 'part', distance: expect.any(Number) }];
const codec = { media: 'image', findings: [], complete: false, reason: 'codec' };

describe('a listed second frame behind a cover frame is found', () => {
  test.for([
    ['GIF', () => bytesOf(gif)],
    ['animated WebP', () => bytesOf(webp)],
    ['AVIF sequence', () => bytesOf(avif)],
    ['APNG', () => encodeApng([2, 1, 3].map((seed) => drawPicture(320, 240, seed)))],
  ] as const)('%s', async ([, read]) => {
    expect(await scan(await read())).toEqual(firstOnly ? codec : { media: 'image', findings: found, complete: true });
  });
});

test('an animation made of a listed video is found by its frames as a set', async () => {
  const frames = [2, 3, 4].map((seed) => pdq.hash(drawPicture(320, 240, seed)).hash);
  const file = printRelease([{ type: 'vpdq', entry: 8, payload: concatBytes(...frames) }]);
  await sandbox.calls.load(sandboxList('videos', file));
  const content = await encodeApng([4, 2, 3].map((seed) => drawPicture(320, 240, seed)));
  const { findings } = await sandbox.scan(content, [planList('videos')]);
  expect(findings).toEqual(firstOnly ? [] : [{ kind: 'known', list: 0, entry: 8, match: 'part', distance: 0 }]);
});

test('a listed last frame of 60 is found', async () => {
  const frames = Array.from({ length: 59 }, (_, i) => drawPicture(64, 64, i + 2));
  const content = await encodeApng([...frames, drawPicture(64, 64)]);
  const verdict = await scan(content);
  expect(verdict).toEqual(firstOnly ? codec : { media: 'image', findings: found, complete: true });
});

test('an animation without a listed frame is complete and clear', async () => {
  const content = await encodeApng([2, 3, 4].map((seed) => drawPicture(64, 48, seed)));
  expect(await scan(content)).toEqual(firstOnly ? codec : { media: 'image', findings: [], complete: true });
});

test(
  'an animation with more frames than the limit is looked at over its whole length, and incomplete',
  { tags: ['@all', '@one-engine'] },
  async () => {
    const [cover, last] = [drawPicture(64, 64, 2), drawPicture(64, 64)];
    const content = await encodeApng([...Array.from({ length: SCAN_LIMITS.animationFrames + 50 }, () => cover), last]);
    expect(await scan(content)).toEqual(
      firstOnly ? codec : { media: 'image', findings: found, complete: false, reason: 'too-long' },
    );
  },
);

test('a frame that is cut makes the verdict incomplete, and findings in earlier frames stand', async () => {
  const whole = await bytesOf(webp);
  const { findings, ...rest } = await scan(whole.slice(0, whole.length - 1000));
  expect(rest).toEqual({ media: 'image', complete: false, reason: expect.stringMatching(/decode|codec/) });
  expect(findings.length).toBeLessThanOrEqual(1);
});

test('an animated file of one frame is a still', async () => {
  const near = found.map((finding) => ({ ...finding, match: 'near' }));
  expect(await scan(await encodeApng([listed]))).toMatchObject(
    firstOnly ? { findings: found, complete: false } : { findings: near, complete: true },
  );
  expect(await scan(await encodePng(listed))).toMatchObject({ findings: near, complete: true });
});
