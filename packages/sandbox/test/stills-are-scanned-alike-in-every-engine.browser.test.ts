/** The built sandbox finds the same in pictures and files in each engine. */
import { loadPdq, type Pdq } from '@lodestone/pdq';
import { type ListRecord, printRelease } from '@lodestone/protocol/list-file';
import { Verdict } from '@lodestone/protocol/verdict';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeBmp, encodePng } from './encode.ts';
import avif from './fixtures/picture.avif?url';
import gif from './fixtures/picture.gif?url';
import jpeg from './fixtures/picture.jpg?url';
import tiff from './fixtures/picture.tiff?url';
import webp from './fixtures/picture.webp?url';
import progressive from './fixtures/progressive.jpg?url';
import { type OpenSandbox, openSandbox, planList, sandboxList } from './open-sandbox.ts';
import { drawPicture, shownAs } from './picture.ts';

const bytesOf = async (url: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await (await fetch(url)).arrayBuffer());
const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

const drawn = drawPicture(320, 240);
let pdq: Pdq;
let sandbox: OpenSandbox;

beforeAll(async () => {
  pdq = await loadPdq();
  sandbox = await openSandbox();
  await sandbox.start('containers');
  const { hash, quality } = pdq.hash(drawn);
  expect(quality).toBeGreaterThan(80);
  await load('known', [{ type: 'pdq', entry: 7, payload: hash }]);
});
afterAll(() => sandbox.close());

async function load(name: string, records: ListRecord[], suppressed: number[] = []): Promise<void> {
  expect(await sandbox.calls.load(sandboxList(name, printRelease(records), suppressed))).toEqual({ ok: true });
}

/** The verdict for a plan with the list `known`; it must fit the schema that the message gate applies. */
async function scanKnown(content: Uint8Array<ArrayBuffer>): Promise<Verdict> {
  const verdict = await sandbox.scan(content, [planList('known')]);
  expect(Verdict.safeParse(verdict).success).toBe(true);
  return verdict;
}

describe('a listed picture is found', () => {
  test.for([
    ['JPEG', () => bytesOf(jpeg), 6],
    ['progressive JPEG', () => bytesOf(progressive), 6],
    ['WebP', () => bytesOf(webp), 6],
    ['GIF', () => bytesOf(gif), 8],
    ['AVIF', () => bytesOf(avif), 6],
    ['BMP', () => Promise.resolve(encodeBmp(drawn)), 0],
    ['PNG', () => encodePng(drawn), 0],
  ] as const)('%s', async ([, read, farthest]) => {
    const { findings, ...rest } = await scanKnown(await read());
    expect(rest).toEqual({ media: 'image', complete: true });
    expect(findings).toEqual([{ kind: 'known', list: 0, entry: 7, match: 'near', distance: expect.any(Number) }]);
    const [finding] = findings;
    expect(finding?.kind === 'known' && finding.distance).toBeLessThanOrEqual(farthest);
  });

  test('finds nothing in another picture', async () => {
    expect(await scanKnown(await encodePng(drawPicture(320, 240, 2)))).toEqual({
      media: 'image',
      findings: [],
      complete: true,
    });
  });
});

test('a rotated picture is found only with the variant "orientations"', async () => {
  const turned = await encodePng(shownAs(drawn, 7));
  const lines = [planList('known'), planList('known', { variants: ['orientations'] })];
  const { findings } = await sandbox.scan(turned, lines);
  expect(findings).toEqual([{ kind: 'known', list: 1, entry: 7, match: 'near', distance: expect.any(Number) }]);
});

describe('exact entries', () => {
  test('match pictures, even if the picture does not decode', async () => {
    const content = (await bytesOf(jpeg)).slice(0, 4000);
    await load('files', [{ type: 'sha256', entry: 9, payload: await sha256(content) }]);
    expect(await sandbox.scan(content, [planList('files')])).toEqual({
      media: 'image',
      findings: [{ kind: 'known', list: 0, entry: 9, match: 'exact', distance: 0 }],
      complete: false,
      reason: 'decode',
    });
  });

  test('match files of any format, and come before near findings', async () => {
    const page = new TextEncoder().encode('<!doctype html><title>a page</title>');
    const picture = await encodePng(drawn);
    await load('both', [
      { type: 'pdq', entry: 7, payload: pdq.hash(drawn).hash },
      { type: 'sha256', entry: 8, payload: await sha256(picture) },
      { type: 'sha256', entry: 9, payload: await sha256(page) },
    ]);
    const line = planList('both', { media: ['image', 'file'] });
    const exact = { kind: 'known', list: 0, match: 'exact', distance: 0 };
    expect(await sandbox.scan(page, [line])).toEqual({
      media: 'file',
      findings: [{ ...exact, entry: 9 }],
      complete: true,
    });
    expect(await sandbox.scan(picture, [line])).toEqual({
      media: 'image',
      findings: [{ ...exact, entry: 8 }],
      complete: true,
    });
  });

  test('match ciphertext, which stays unscannable', async () => {
    const secret = crypto.getRandomValues(new Uint8Array(5000));
    secret[0] = 0x81;
    await load('secrets', [{ type: 'sha256', entry: 3, payload: await sha256(secret) }]);
    expect(await sandbox.scan(secret, [planList('secrets', { media: ['file'] })])).toEqual({
      media: 'unknown',
      findings: [{ kind: 'known', list: 0, entry: 3, match: 'exact', distance: 0 }],
      complete: false,
      reason: 'format',
    });
  });
});

describe('lists', () => {
  test('a suppressed entry is not found until its list is loaded without the suppression', async () => {
    const records: ListRecord[] = [{ type: 'pdq', entry: 5, payload: pdq.hash(drawn).hash }];
    const png = await encodePng(drawn);
    await load('suppressed', records, [4, 5]);
    expect((await sandbox.scan(png, [planList('suppressed')])).findings).toEqual([]);
    await load('suppressed', records);
    expect((await sandbox.scan(png, [planList('suppressed')])).findings).toHaveLength(1);
  });

  test('a list that was unloaded or never loaded makes the verdict incomplete', async () => {
    await load('short-lived', []);
    expect(await sandbox.calls.unload(planList('short-lived').fileDigest)).toEqual({ ok: true });
    for (const name of ['short-lived', 'never-came']) {
      expect(await sandbox.scan(await encodePng(drawn), [planList('known'), planList(name)])).toEqual({
        media: 'image',
        findings: [],
        complete: false,
        reason: 'list-missing',
      });
    }
  });

  test('a file that is not a list is refused', async () => {
    const file = printRelease([{ type: 'pdq', entry: 5, payload: pdq.hash(drawn).hash }]);
    expect(await sandbox.calls.load(sandboxList('broken', file.slice(0, -1)))).toEqual({ ok: false });
  });
});

test('a picture below minQuality is not looked up', async () => {
  const flat = { ...drawPicture(64, 64), data: new Uint8Array(64 * 64 * 4).fill(255) };
  await load('flat', [{ type: 'pdq', entry: 1, payload: pdq.hash(flat).hash }]);
  expect((await sandbox.scan(await encodePng(flat), [planList('flat', { minQuality: 1 })])).findings).toEqual([]);
  expect((await sandbox.scan(await encodePng(flat), [planList('flat', { minQuality: 0 })])).findings).toHaveLength(1);
});

test('concurrent scans each get their own verdict', async () => {
  const [listed, other] = [await encodePng(drawn), await encodePng(drawPicture(400, 300, 5))];
  const verdicts = await Promise.all([listed, other, listed, other].map((content) => scanKnown(content)));
  expect(verdicts.map(({ findings }) => findings.length)).toEqual([1, 0, 1, 0]);
});

test('TIFF is a picture that is not decoded', async () => {
  expect(await scanKnown(await bytesOf(tiff))).toEqual({
    media: 'image',
    findings: [],
    complete: false,
    reason: 'format',
  });
});
