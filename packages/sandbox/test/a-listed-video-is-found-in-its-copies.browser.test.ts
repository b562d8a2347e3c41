/** The built sandbox finds a listed video in edited copies, in each codec that the engine decodes; other videos stay clear. */
import { loadPdq } from '@lodestone/pdq';
import { concatBytes } from '@lodestone/protocol/bytes';
import { LIMITS } from '@lodestone/protocol/limits';
import { type ListRecord, printRelease } from '@lodestone/protocol/list-file';
import type { SandboxEvent } from '@lodestone/protocol/sandbox';
import { Verdict } from '@lodestone/protocol/verdict';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import faster from './fixtures/video/faster.mp4?url';
import letterboxed from './fixtures/video/letterboxed.webm?url';
import half from './fixtures/video/half-size.mp4?url';
import av1 from './fixtures/video/listed-av1.mp4?url';
import vp8 from './fixtures/video/listed-vp8.mkv?url';
import vp9 from './fixtures/video/listed-vp9.webm?url';
import mov from './fixtures/video/listed.mov?url';
import shortH264 from './fixtures/video/short-scene.mp4?url';
import shortVp8 from './fixtures/video/short-scene.webm?url';
import quarter from './fixtures/video/quarter-bitrate.mp4?url';
import upright from './fixtures/video/shown-upright.mp4?url';
import trimmed from './fixtures/video/trimmed.mp4?url';
import turned from './fixtures/video/turned.mp4?url';
import unrelatedVp9 from './fixtures/video/unrelated-vp9.webm?url';
import { type OpenSandbox, openSandbox, planList, sandboxList } from './open-sandbox.ts';
import { enlarged, hasH264, listed as mp4, listedVideo, unrelated, videoFrame } from './listed-video.ts';

const bytesOf = async (url: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await (await fetch(url)).arrayBuffer());
const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

let sandbox: OpenSandbox;
/**
 * WebKitGTK decodes what its GStreamer plug-ins decode, and the verdict is `codec` for the rest. A Chromium or Firefox without the
 * system's H.264 decoder lacks that one.
 */
let mayLackCodecs: boolean;
const line = planList('videos', { media: ['video'] });

beforeAll(async () => {
  mayLackCodecs = !/Chrome|Firefox/.test(navigator.userAgent) || !(await hasH264());
  sandbox = await openSandbox();
  await sandbox.start('video');
  await load('videos', [await listedVideo(7)]);
});
afterAll(() => sandbox.close());

async function load(name: string, records: ListRecord[]): Promise<void> {
  expect(await sandbox.calls.load(sandboxList(name, printRelease(records)))).toEqual({ ok: true });
}

async function scan(url: string, lines = [line]): Promise<Verdict> {
  const verdict = await sandbox.scan(await bytesOf(url), lines);
  expect(Verdict.safeParse(verdict).success).toBe(true);
  return verdict;
}

const codec = { media: 'video', findings: [], complete: false, reason: 'codec' };
const found = {
  media: 'video',
  findings: [{ kind: 'known', list: 0, entry: 7, match: 'near', distance: expect.any(Number) }],
  complete: true,
};

const clear = { media: 'video', findings: [], complete: true };

function expectDecoded(verdict: Verdict, expected: object): void {
  const isCodec = !verdict.complete && verdict.reason === 'codec';
  expect(verdict).toEqual(mayLackCodecs && isCodec ? codec : expected);
}

describe('a listed video is found', () => {
  test.for([
    ['H.264 in MP4', mp4],
    ['H.264 in MOV, with one key frame', mov],
    ['VP9 in WebM', vp9],
    ['VP8 in Matroska', vp8],
    ['AV1 in MP4', av1],
    ['at half its size', half],
    ['at a quarter of its bitrate', quarter],
    ['trimmed at both ends', trimmed],
    ['1.1 times as fast', faster],
    ['stored turned, and shown upright', upright],
  ] as const)('%s', async ([, url]) => {
    expectDecoded(await scan(url), found);
  });

  test('turned, only with the variant "orientations"', async () => {
    expectDecoded(await scan(turned), clear);
    expectDecoded(await scan(turned, [{ ...line, variants: ['orientations'] }]), found);
  });

  test('letterboxed, only with the variant "borders"', async () => {
    expectDecoded(await scan(letterboxed, [{ ...line, variants: ['orientations', 'margins'] }]), clear);
    expectDecoded(await scan(letterboxed, [{ ...line, variants: ['borders'] }]), found);
  });
});

test.for([
  ['H.264', unrelated],
  ['VP9', unrelatedVp9],
] as const)('an unrelated video in %s is complete and clear', async ([, url]) => {
  expectDecoded(await scan(url), clear);
});

test('a video whose one key frame is listed, and little else, is looked at further and not found', async () => {
  const pdq = await loadPdq();
  const scenes = [1, 21, 22, 23, 24].map((seed) => pdq.hash(videoFrame(seed, 0)).hash);
  await load('first-frame', [{ type: 'vpdq', entry: 6, payload: concatBytes(...scenes) }]);
  expectDecoded(await scan(mov, [planList('first-frame', { media: ['video'] })]), clear);
});

test('a listed picture in a video is found', async () => {
  const pdq = await loadPdq();
  await load('pictures', [{ type: 'pdq', entry: 5, payload: pdq.hash(videoFrame(3, 6)).hash }]);
  const verdict = await scan(mp4, [planList('pictures', { media: ['video'] })]);
  expectDecoded(verdict, { ...found, findings: [{ ...found.findings[0], entry: 5 }] });
});

test.for([
  ['H.264', shortH264],
  ['VP8', shortVp8],
] as const)('a listed picture is found that is shown for 0.6 s where no key frame is, in %s', async ([, url]) => {
  const pdq = await loadPdq();
  await load('short', [{ type: 'pdq', entry: 8, payload: pdq.hash(videoFrame(32, 2)).hash }]);
  const verdict = await scan(url, [planList('short', { media: ['video'] })]);
  expectDecoded(verdict, { ...found, findings: [{ ...found.findings[0], entry: 8 }] });
});

test('an exact entry is found in every engine, also if the video does not decode', async () => {
  const content = (await bytesOf(mp4)).slice(0, 6000);
  await load('files', [
    { type: 'sha256', entry: 9, payload: await sha256(content) },
    { type: 'pdq', entry: 1, payload: new Uint8Array(32) },
  ]);
  expect(await sandbox.scan(content, [planList('files', { media: ['video'] })])).toMatchObject({
    media: 'video',
    findings: [{ kind: 'known', list: 0, entry: 9, match: 'exact', distance: 0 }],
  });
});

test(
  'a video of more than 64 MiB is found by its frames and by its SHA-256, in slices',
  { tags: ['@all', '@one-engine'] },
  async () => {
    const large = new Uint8Array(await enlarged(await bytesOf(mp4)).arrayBuffer());
    await load('large', [{ type: 'sha256', entry: 9, payload: await sha256(large) }]);
    const contentId = 9_001;
    const verdict = await sandbox.scan(large, [line, planList('large', { media: ['video'] })], { contentId });
    const exact = { kind: 'known', list: 1, entry: 9, match: 'exact', distance: 0 };
    expectDecoded({ ...verdict, findings: verdict.findings.slice(1) }, found);
    expect(verdict.findings[0]).toEqual(exact);
    const wanted = (sandbox.events as SandboxEvent[]).flatMap((event) =>
      event.type === 'bytes-wanted' && event.contentId === contentId ? [event] : [],
    );
    expect(Math.max(...wanted.map(({ count }) => count))).toBeLessThanOrEqual(LIMITS.blocksWanted);
  },
);

test('a large video whose host stops sending it is incomplete', async () => {
  const content = await bytesOf(mp4);
  expect(await sandbox.scan(content, [line], { sizeBytes: LIMITS.contentBytes + 1 })).toMatchObject({
    findings: [],
    complete: false,
  });
});

test('a video that is cut is incomplete', async () => {
  const whole = await bytesOf(vp9);
  const { complete } = await sandbox.scan(whole.slice(0, 3000), [line]);
  expect(complete).toBe(false);
});

test('a list with SHA-256 rows alone needs no frames', async () => {
  await load('digests', [{ type: 'sha256', entry: 9, payload: new Uint8Array(32) }]);
  const verdict = await scan(unrelated, [planList('digests', { media: ['video'] })]);
  expect(verdict).toEqual({ media: 'video', findings: [], complete: true });
});

test('after a video, the sandbox scans a picture and another video as before', async () => {
  expectDecoded(await scan(mp4), found);
  expectDecoded(await scan(unrelated), clear);
});
