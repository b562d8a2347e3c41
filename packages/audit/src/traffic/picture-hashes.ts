/**
 * PDQ hashes of pictures, decoded by a browser of the engine that runs the app, on a blank page.
 * Flow: corpus → here → search.ts, and `lodestone-audit list` for a picture. Spec: docs/design/hashing.md#pdq
 */
import { loadPdq, orientations, type Pdq } from '@lodestone/pdq';
import { type Browser, chromium, firefox, type Page } from 'playwright';
import { requireBrowser, type RequireOptions, launchOptions } from '../browsers/index.ts';
import type { RecordedEngine } from './recorded-browser.ts';
import type { CorpusFile } from './corpus.ts';

/** Bytes of a picture that are read from the page at a time. */
const STRIP_BYTES = 4_194_304;

/** @returns the files; pictures have the hashes of all eight orientations */
export async function hashPictures(
  engine: RecordedEngine,
  files: readonly Omit<CorpusFile, 'pdq'>[],
  options: RequireOptions,
): Promise<CorpusFile[]> {
  const pdq = await loadPdq();
  const browser = await launch(engine, options);
  try {
    const page = await browser.newPage();
    const hashed: CorpusFile[] = [];
    for (const file of files) {
      const base64 = Buffer.from(file.bytes).toString('base64');
      const size = await page.evaluate(decodeInPage, base64);
      hashed.push({ ...file, pdq: size ? await hashesOf(pdq, page, size) : [] });
    }
    return hashed;
  } finally {
    await browser.close();
  }
}

async function launch(engine: RecordedEngine, options: RequireOptions): Promise<Browser> {
  const found = launchOptions(await requireBrowser(engine, options));
  return engine === 'chromium' ? chromium.launch(found) : firefox.launch(found);
}

/** Hashes the whole picture, in strips, since it may be large. Spec: docs/design/hashing.md#reduction */
async function hashesOf(pdq: Pdq, page: Page, { width, height }: Size): Promise<Uint8Array[]> {
  const stream = pdq.stream(width, height, { channels: 4 });
  const rows = Math.max(1, Math.floor(STRIP_BYTES / (width * 4)));
  for (let from = 0; from < height; from += rows) {
    const base64 = await page.evaluate(stripInPage, { from, rows: Math.min(rows, height - from) });
    stream.push(Buffer.from(base64, 'base64'));
  }
  const { hashes } = stream.finishOrientations();
  return orientations.map((name) => hashes[name]);
}

interface Size {
  width: number;
  height: number;
}

/** The page stores the decoded picture here between the two steps. */
interface Decoded {
  decoded?: OffscreenCanvasRenderingContext2D;
}

/** Runs in the page, so it uses nothing from this module. Applies the EXIF orientation, on white, as viewers do. */
async function decodeInPage(base64: string): Promise<Size | undefined> {
  const scope = globalThis as Decoded;
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes]));
    const { width, height } = picture;
    const canvas = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    // A smaller picture has no PDQ hash.
    if (!canvas || Math.min(width, height) < 5) return undefined;
    canvas.fillStyle = '#fff';
    canvas.fillRect(0, 0, width, height);
    canvas.drawImage(picture, 0, 0);
    scope.decoded = canvas;
    return { width, height };
  } catch {
    return undefined;
  }
}

function stripInPage({ from, rows }: { from: number; rows: number }): string {
  const { decoded } = globalThis as Decoded;
  if (!decoded) throw new Error('decodeInPage must run before stripInPage');
  const { data } = decoded.getImageData(0, from, decoded.canvas.width, rows);
  let text = '';
  for (let at = 0; at < data.length; at += 32_768) text += String.fromCharCode(...data.subarray(at, at + 32_768));
  return btoa(text);
}
