/** The built sandbox with its lazy parts finds a listed video in a ZIP and behind a JPEG (a motion photo). Spec: docs/detection/files.md */
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import { printRelease } from '@lodestone/protocol/list-file';
import type { Verdict } from '@lodestone/protocol/verdict';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { zipOf } from './containers.ts';
import { listed, listedVideo, unrelated } from './listed-video.ts';
import { type OpenSandbox, openSandbox, planList, sandboxList } from './open-sandbox.ts';
import { drawPicture } from './picture.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** WebKitGTK decodes what its GStreamer plug-ins decode, and the verdict is `codec` for the rest. */
const mayLackCodecs = !/Chrome|Firefox/.test(navigator.userAgent);
const line = planList('videos', { media: ['image', 'video', 'file'] });
const found = [{ kind: 'known', list: 0, entry: 7, match: 'part', distance: expect.any(Number) as number }];

let sandbox: OpenSandbox;
let jpeg: Bytes;
beforeAll(async () => {
  sandbox = await openSandbox();
  await sandbox.start('video', 'containers');
  const list = sandboxList('videos', printRelease([await listedVideo(7)]));
  expect(await sandbox.calls.load(list)).toEqual({ ok: true });
  const { width, height, data } = drawPicture(320, 240, 9);
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0);
  jpeg = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer());
});
afterAll(() => sandbox.close());

async function fetched(url: string): Promise<Bytes> {
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}
async function expectFindings(content: Bytes, findings: unknown[]): Promise<void> {
  const verdict: Verdict = await sandbox.scan(content, [line]);
  if (mayLackCodecs && !verdict.complete && verdict.reason === 'codec') return;
  expect(verdict).toMatchObject({ complete: true, findings });
}

test('in a ZIP, stored and deflated, and an unlisted one is not', async () => {
  await expectFindings(await zipOf({ bytes: utf8('a text') }, { bytes: await fetched(listed) }), found);
  await expectFindings(await zipOf({ bytes: await fetched(listed), method: 'stored' }), found);
  await expectFindings(await zipOf({ bytes: await fetched(unrelated) }), []);
});

test('behind a JPEG, and an unlisted one is not', async () => {
  await expectFindings(concatBytes(jpeg, await fetched(listed)), found);
  await expectFindings(concatBytes(jpeg, await fetched(unrelated)), []);
});

describe('in and behind a JPEG, wherever it begins, since players are told by the picture', () => {
  test('behind another video, and before one', async () => {
    await expectFindings(concatBytes(jpeg, await fetched(unrelated), await fetched(listed)), found);
    await expectFindings(concatBytes(jpeg, await fetched(listed), await fetched(unrelated)), found);
  });

  test('in a segment of the JPEG', async () => {
    const video = await fetched(listed);
    const bytes = video.length + 2;
    const segment = concatBytes(Uint8Array.of(0xff, 0xfe, bytes >> 8, bytes), video);
    await expectFindings(concatBytes(jpeg.subarray(0, 2), segment, jpeg.subarray(2)), found);
  });

  test.for(['M4A ', 'avif', 'heic'])('if its first brand is %s', async (brand) => {
    const video = await fetched(listed);
    video.set(utf8(brand), 8);
    await expectFindings(concatBytes(jpeg, video), found);
  });

  test('and alone with the brands of a sound file', async () => {
    const video = await fetched(listed);
    video.set(utf8('M4A '), 8);
    await expectFindings(video, [{ ...found[0], match: 'near' }]);
  });

  test('behind what only begins like one, and then the check is incomplete', async () => {
    const verdict = await sandbox.scan(concatBytes(jpeg, utf8('\0\0\0\x10ftypmp42\0\0\0\0'), await fetched(listed)), [
      line,
    ]);
    expect(verdict.complete).toBe(false);
    if (!mayLackCodecs) expect(verdict.findings).toEqual(found);
  });
});
