/**
 * What files hold is found: members of archives, pictures of PDFs, pictures and videos in and behind a JPEG. What cannot be opened
 * is never complete. Run against the built document. Spec: docs/design/hashing.md#containers
 */
import { loadPdq } from '@lodestone/pdq';
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import { SCAN_LIMITS } from '@lodestone/protocol/limits';
import { type ListRecord, printRelease } from '@lodestone/protocol/list-file';
import type { PlanList } from '@lodestone/protocol/sandbox';
import type { Finding, IncompleteReason, Verdict } from '@lodestone/protocol/verdict';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  anMp4,
  compress,
  gzipOf,
  pdfJpeg,
  pdfOf,
  pdfSamples,
  tarOf,
  withThumbnail,
  zipOf,
  type ZipMember,
} from './containers.ts';
import { encodeBmp, encodePng } from './encode.ts';
import jpegUrl from './fixtures/picture.jpg?url';
import { type OpenSandbox, openSandbox, planList, sandboxList } from './open-sandbox.ts';
import { drawPicture } from './picture.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const listed = drawPicture(320, 240);
const document = utf8('a listed document\n');
const other = utf8('another document\n');
/** In WebKit only the host can decode, and members never leave the sandbox. */
const decodesMembers = inject('engine') !== 'webkit';

let sandbox: OpenSandbox;
let png: Bytes;
let jpeg: Bytes;
let innocent: Bytes;

beforeAll(async () => {
  sandbox = await openSandbox();
  await sandbox.start('containers');
  png = await encodePng(listed);
  innocent = await encodePng(drawPicture(320, 240, 9));
  jpeg = new Uint8Array(await (await fetch(jpegUrl)).arrayBuffer());
  const { hash } = (await loadPdq()).hash(listed);
  const records: ListRecord[] = [
    { type: 'pdq', entry: 7, payload: hash },
    { type: 'sha256', entry: 8, payload: await sha256(document) },
  ];
  await sandbox.calls.load(sandboxList('known', printRelease(records)));
});
afterAll(() => sandbox.close());

const ALL: PlanList['media'] = ['image', 'video', 'file'];
function scan(content: Bytes, media: PlanList['media'] = ALL): Promise<Verdict> {
  return sandbox.scan(content, [planList('known', { media })]);
}
async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

const PART: Finding = { kind: 'known', list: 0, entry: 7, match: 'part', distance: 0 };
const MEMBER: Finding = { kind: 'known', list: 0, entry: 8, match: 'member', distance: 0 };
const EXACT: Finding = { kind: 'known', list: 0, entry: 8, match: 'exact', distance: 0 };
const complete = (...findings: Finding[]): Verdict => ({ media: 'file', findings, complete: true });
const incomplete = (reason: Exclude<IncompleteReason, 'model-missing'>, ...findings: Finding[]): Verdict => ({
  media: 'file',
  findings,
  complete: false,
  reason,
});
/** A file that holds the listed picture; a JPEG is some bits from the pixels that it was made of. */
async function expectPicture(content: Bytes, maxDistance = 0): Promise<void> {
  const verdict = await scan(content);
  if (!decodesMembers) return expect(verdict).toEqual(incomplete('format'));
  expect(verdict).toEqual({ ...complete(PART), findings: [{ ...PART, distance: expect.any(Number) as number }] });
  expect((verdict.findings[0] as { distance: number }).distance).toBeLessThanOrEqual(maxDistance);
}

describe('archives', () => {
  test('a listed picture is found in a ZIP, stored or deflated, and with sizes behind its data', async () => {
    await expectPicture(await zipOf({ bytes: other }, { bytes: png }));
    await expectPicture(await zipOf({ bytes: png, method: 'stored' }));
    await expectPicture(await zipOf({ bytes: png, hasDescriptor: true }, { bytes: other }));
  });

  test('a listed picture is found in a tar, and in a gzip of it', async () => {
    const tar = tarOf(other, png);
    await expectPicture(tar);
    await expectPicture(await gzipOf(tar));
    await expectPicture(await gzipOf(png));
  });

  test('the digest of a member is looked up, and yields "member", which the host does not have to confirm', async () => {
    expect(await scan(await zipOf({ bytes: other }, { bytes: document }))).toEqual(complete(MEMBER));
    expect(await scan(tarOf(document))).toEqual(complete(MEMBER));
    expect(await scan(await gzipOf(document))).toEqual(complete(MEMBER));
    expect(await scan(document)).toEqual(complete(EXACT));
  });

  test('an archive without anything listed is complete', async () => {
    expect(await scan(await zipOf({ bytes: other }, { bytes: new Uint8Array() }))).toEqual(complete());
    expect(await scan(await zipOf())).toEqual(complete());
    expect(await scan(tarOf(other))).toEqual(complete());
  });

  test('members are opened down to the stated depth, and below it the archive is too large', async () => {
    let archive = await zipOf({ bytes: document });
    for (let depth = 1; depth < SCAN_LIMITS.containerDepth; depth++) archive = await zipOf({ bytes: archive });
    expect(await scan(archive)).toEqual(complete(MEMBER));
    expect(await scan(await zipOf({ bytes: archive }))).toEqual(incomplete('too-large'));
  });

  const found: ZipMember = { bytes: document };
  test.for<[string, ZipMember, 'format' | 'decode' | 'codec']>([
    ['encrypted', { bytes: other, isEncrypted: true }, 'format'],
    ['in a method that is not read', { bytes: other, method: 12 }, 'format'],
    ['damaged', { bytes: utf8('no deflate'), method: 8 }, 'decode'],
    ['not in the directory', { bytes: other, isUnnamed: true }, 'decode'],
    ['longer than it says', { bytes: other, statedBytes: 3 }, 'decode'],
    ['ciphertext', { bytes: Uint8Array.of(0x9d, 1, 2, 3, 0xff, 0) }, 'format'],
    ['a video', { bytes: anMp4() }, 'codec'],
    ['a picture that is cut', { bytes: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2) }, 'decode'],
  ])('a member that is %s leaves the archive incomplete, with its findings', async ([, member, reason], { skip }) => {
    skip(!decodesMembers && reason === 'decode' && member.bytes[0] === 0xff, 'members are not decoded in WebKit');
    expect(await scan(await zipOf(member, found))).toEqual(incomplete(reason, MEMBER));
    expect(await scan(await zipOf(found, member))).toEqual(incomplete(reason, MEMBER));
  });

  test('a member that only its local header names is looked up', async () => {
    expect(await scan(await zipOf({ bytes: other }, { bytes: document, isUnnamed: true }))).toEqual(
      incomplete('decode', MEMBER),
    );
  });

  test('of an archive that is cut, what is there is looked up', async () => {
    const whole = await zipOf(found, { bytes: other }, { bytes: other });
    expect(await scan(whole.slice(0, -10))).toEqual(incomplete('decode', MEMBER));
    expect(await scan(whole.slice(0, whole.length / 2))).toEqual(incomplete('decode', MEMBER));
    const tar = tarOf(document, other);
    expect(await scan(tar.slice(0, 1_540))).toEqual(incomplete('decode', MEMBER));
    const packed = await gzipOf(concatBytes(png, new Uint8Array(200_000)));
    expect(await scan(packed.slice(0, packed.length * 0.9))).toMatchObject({ media: 'file', complete: false });
  });

  test('bombs end at the bounds, in time', { tags: '@all' }, async () => {
    const zeros = await zipOf({ bytes: new Uint8Array(SCAN_LIMITS.containerLeastBytes + 1) });
    expect(zeros.length).toBeLessThan(50_000);
    expect(await scan(zeros)).toEqual(incomplete('too-large'));
    const many = await zipOf(
      ...Array.from({ length: SCAN_LIMITS.containerMembers + 1 }, () => ({ bytes: other, method: 'stored' as const })),
    );
    expect(await scan(many)).toEqual(incomplete('too-large'));
  });

  test.for([
    ['7z', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
    ['RAR', [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07]],
    ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
    ['Zstandard', [0x28, 0xb5, 0x2f, 0xfd]],
    ['bzip2', [0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59]],
    ['an older Office document', [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]],
  ] as const)('%s is not opened, so it is never complete', async ([, signature]) => {
    expect(await scan(concatBytes(Uint8Array.from(signature), new Uint8Array(100)))).toEqual(incomplete('format'));
  });
});

describe('PDF', () => {
  test('a listed picture is found as a JPEG, also inside another filter', async () => {
    await expectPicture(pdfOf([pdfJpeg(jpeg)]), 8);
    await expectPicture(pdfOf([pdfJpeg(await compress(jpeg, 'deflate'), '[/FlateDecode /DCTDecode]')]), 8);
  });

  test('a listed picture is found as deflated samples, in every engine', async () => {
    expect(await scan(pdfOf([await pdfSamples(listed)]))).toEqual(complete(PART));
  });

  test('PNG predictors, palettes and 16 bits are undone', async () => {
    const { dictionary } = await pdfSamples(listed);
    const data = await predicted();
    expect(
      await scan(
        pdfOf([{ dictionary: `${dictionary} /DecodeParms << /Predictor 15 /Colors 3 /Columns 320 >>`, data }]),
      ),
    ).toEqual(complete(PART));
    const grey = await scan(pdfOf([await greyWithPalette()]));
    expect(grey.complete).toBe(true);
    expect(grey.findings).toEqual([{ ...PART, distance: expect.any(Number) as number }]);
  });

  test('an attached file is looked up', async () => {
    const dictionary = '/Type /EmbeddedFile /Filter /FlateDecode';
    expect(await scan(pdfOf([{ dictionary, data: await compress(document, 'deflate') }]))).toEqual(complete(MEMBER));
  });

  test('a document without pictures is complete', async () => {
    expect(await scan(pdfOf([{ dictionary: '', data: utf8('BT (Hello) Tj ET') }]))).toEqual(complete());
  });

  test.for([
    ['encrypted', '/Encrypt 5 0 R', '/DCTDecode'],
    ['with a picture in JPEG 2000', '', '/JPXDecode'],
    ['with a picture in JBIG2', '', '/JBIG2Decode'],
    ['with a fax', '', '/CCITTFaxDecode'],
  ] as const)('a document %s is incomplete', async ([, trailer, filter]) => {
    expect(await scan(pdfOf([pdfJpeg(jpeg, filter)], trailer))).toEqual(incomplete('format'));
  });

  async function predicted(): Promise<Bytes> {
    const { width, height, data } = listed;
    const rows = new Uint8Array(height * (width * 3 + 1));
    for (let y = 0, to = 0; y < height; y++) {
      rows[to++] = 1; // each byte is the difference from the pixel to the left
      for (let x = 0; x < width; x++) {
        for (let colour = 0; colour < 3; colour++, to++) {
          const at = (y * width + x) * 4 + colour;
          rows[to] = (data[at] as number) - (x === 0 ? 0 : (data[at - 4] as number));
        }
      }
    }
    return compress(rows, 'deflate');
  }

  async function greyWithPalette(): Promise<{ dictionary: string; data: Bytes }> {
    const { width, height, data } = listed;
    const indices = new Uint8Array(width * height);
    for (let i = 0; i < indices.length; i++) indices[i] = 255 - (data[i * 4] as number);
    const palette = Array.from({ length: 256 }, (_, i) => (255 - i).toString(16).padStart(2, '0').repeat(3)).join('');
    const dictionary = `/Subtype /Image /Width ${width} /Height ${height} /ColorSpace [/Indexed /DeviceRGB 255 <${palette}>] /BitsPerComponent 8 /Filter /FlateDecode`;
    return { dictionary, data: await compress(indices, 'deflate') };
  }
});

describe('a JPEG', () => {
  const hidden = new Uint8Array(0);
  const image = (...findings: Finding[]): Verdict => ({ media: 'image', findings, complete: true });
  let cover: Bytes;
  beforeAll(async () => {
    const canvas = new OffscreenCanvas(320, 240);
    const { data, width, height } = drawPicture(320, 240, 9);
    canvas.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0);
    cover = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })).arrayBuffer());
  });

  test('its thumbnail and a second picture behind it are looked up', async ({ skip }) => {
    skip(!decodesMembers, 'only the host decodes in WebKit, and only the picture itself');
    const near = { ...PART, distance: expect.any(Number) as number };
    expect(await scan(cover)).toEqual(image());
    expect(await scan(withThumbnail(cover, jpeg))).toEqual(image(near));
    expect(await scan(concatBytes(cover, jpeg))).toEqual(image(near));
    expect(await scan(concatBytes(cover, hidden, png))).toEqual(image(PART));
  });

  test('a video behind it is not clear under an order that covers both, and does not matter to one for pictures', async () => {
    const motion = concatBytes(cover, anMp4());
    expect(await scan(motion)).toEqual({ media: 'image', findings: [], complete: false, reason: 'codec' }); // no video part here
    expect(await scan(motion, ['image'])).toEqual(image());
  });
});

test('without the containers part no file is complete; its digest and pictures in its bytes are looked up', async ({
  skip,
}) => {
  await sandbox.calls.endPart('containers');
  try {
    expect(await scan(other)).toEqual(incomplete('format'));
    expect(await scan(document)).toEqual(incomplete('format', EXACT));
    expect(await scan(await zipOf({ bytes: document }))).toEqual(incomplete('format'));
    skip(!decodesMembers, 'members are not decoded in WebKit');
    expect(await scan(await zipOf({ bytes: png, method: 'stored' }))).toEqual(incomplete('format', PART));
  } finally {
    await sandbox.start('containers');
  }
});

describe('media', () => {
  test('a member is looked up only under a line that covers files and its own medium', async () => {
    const both = await zipOf({ bytes: png, method: 'stored' }, { bytes: document });
    expect(await scan(both, ['image'])).toEqual(complete()); // "not covered" to the client
    expect(await scan(both, ['file'])).toEqual(complete(MEMBER));
    if (decodesMembers) expect(await scan(await zipOf({ bytes: png }), ['image', 'file'])).toEqual(complete(PART));
    expect(await scan(await zipOf({ bytes: anMp4() }), ['image', 'file'])).toEqual(complete());
  });

  test('a picture in a BMP inside a ZIP is looked up', async () => {
    await expectPicture(await zipOf({ bytes: encodeBmp(listed) }));
  });

  test('pictures inside other files are found by their bytes', async () => {
    const music = concatBytes(utf8('ID3\x04\0\0\0\0\0\0'), png, new Uint8Array(500));
    await expectPicture(music);
    const office = concatBytes(Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1), new Uint8Array(512), png);
    expect(await scan(office)).toEqual(incomplete('format', ...(decodesMembers ? [PART] : [])));
    const cover = await scan(concatBytes(utf8('ID3\x04\0\0\0\0\0\0'), innocent));
    expect(cover).toEqual(decodesMembers ? complete() : incomplete('format'));
  });
});
