/** The command line prints the library's results; an error is one line. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generate } from './pictures.ts';
import vectors from './vectors/pdq-vectors.json' with { type: 'json' };

const program = path.join(import.meta.dirname, '../bin/pdq.js');
const vector = vectors.cases.find(({ generator, width }) => generator === 'blocks' && width === 300);
if (vector === undefined) throw new Error('the vectors lack the picture that this test uses');
const rgb = generate(vector);
const { width, height, hash, quality, dihedral } = vector;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pdq-'));
  await writeFile(
    path.join(folder, 'a.ppm'),
    Buffer.concat([Buffer.from(`P6\n# made here\n${width} ${height}\n255\n`), rgb]),
  );
  const image = sharp(rgb, { raw: { width, height, channels: 3 } });
  await image.clone().png().toFile(path.join(folder, 'a.png'));
  await image.clone().webp({ lossless: true }).toFile(path.join(folder, 'a.webp'));
  // What browsers show is the picture: it is turned back by EXIF, except in WebP.
  await image.clone().rotate(-90).png().withMetadata({ orientation: 6 }).toFile(path.join(folder, 'turned.png'));
  await image
    .clone()
    .webp({ lossless: true })
    .withMetadata({ orientation: 6 })
    .toFile(path.join(folder, 'turned.webp'));
  await image.clone().ensureAlpha(0).png().toFile(path.join(folder, 'clear.png'));
  await image.clone().jpeg({ quality: 70 }).toFile(path.join(folder, 'a.jpg'));
  await writeFile(
    path.join(folder, 'cut.ppm'),
    Buffer.concat([Buffer.from(`P6 ${width} ${height} 255\n`), rgb.subarray(9)]),
  );
  await writeFile(path.join(folder, 'deep.ppm'), Buffer.from('P6 1 1 65535\n\0\0\0\0\0\0'));
  await writeFile(path.join(folder, 'text.jpg'), 'no picture');
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the command in the folder with the pictures. */
async function pdq(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const node = promisify(execFile)(process.execPath, ['--conditions=source', program, ...args], { cwd: folder });
  return node.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

test('hash: PPM, PNG and WebP files with the same pixels get the reference’s hash', async () => {
  const { code, stdout } = await pdq('hash', 'a.ppm', 'a.png', 'a.webp');
  expect(stdout).toBe(['a.ppm', 'a.png', 'a.webp'].map((file) => `${hash},${quality},${file}\n`).join(''));
  expect(code).toBe(0);
});

test('hash: pictures are hashed as browsers show them, on white and turned as EXIF says, except WebP', async () => {
  const { stdout } = await pdq('hash', 'turned.png', 'turned.webp', 'clear.png');
  const [png, webp, clear] = stdout.split('\n');
  expect(png).toBe(`${hash},${quality},turned.png`);
  expect(webp).toBe(`${hash},${quality},turned.webp`);
  expect(clear).toMatch(/,0,clear\.png$/);
});

test('hash --orientations prints eight lines', async () => {
  const { stdout } = await pdq('hash', '--orientations', 'a.ppm');
  const lines = Object.entries(dihedral).map(([name, hex]) => `${hex},${name},${quality},a.ppm\n`);
  expect(stdout).toBe(lines.join(''));
});

test('compare accepts files and hashes', async () => {
  expect((await pdq('compare', 'a.ppm', hash)).stdout).toBe('0\n');
  const compressed = Number((await pdq('compare', 'a.ppm', 'a.jpg')).stdout);
  expect(compressed).toBeLessThan(20);
  expect((await pdq('compare', 'f'.repeat(64), '0'.repeat(64))).stdout).toBe('256\n');
});

test.each([
  [['hash', 'cut.ppm'], /^ERR_PDQ_LENGTH: picture data/],
  [['hash', 'deep.ppm'], /^only PPM and PGM files with 8 bits/],
  [['hash', 'missing.ppm'], /^ENOENT/],
  [['hash', 'text.jpg'], /unsupported image format/],
  [['hash'], /unknown command/],
  [['compare', 'a.ppm'], /unknown command/],
  [['hash', '--quietly', 'a.ppm'], /Unknown option/],
  [[], /unknown command/],
])('refuses %j', async (args, sentence) => {
  const { code, stdout, stderr } = await pdq(...args);
  expect(stderr).toMatch(sentence);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});
