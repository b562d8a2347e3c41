/**
 * PDQ hashes of pictures, decoded by a browser of the kind that will run the app, in one of their own whose page is nowhere:
 * bytes go in, pixels come out. Flow: corpus → here → search, and `lodestone-audit list` for a picture.
 */
import { loadPdq, orientations, type Pdq } from '@lodestone/pdq';
import { type Browser, chromium, firefox, type Page } from 'playwright';
import { requireBrowser, type RequireOptions, launchOptions } from '../browsers/index.ts';
import type { RecordedEngine } from './recorded-browser.ts';
import type { CorpusFile } from './corpus.ts';

/** Rows of a picture that come out of the page at a time: some 4 MB. */
const STRIP_BYTES = 4_194_304;

/** @returns the files, those that are pictures with the hashes of all eight orientations */
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

/** The whole picture, since that is what a hash is of (DESIGN §6); in strips, since it may be large. */
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

/** Between the two steps the page keeps the picture here. */
interface Decoded {
  decoded?: OffscreenCanvasRenderingContext2D;
}

/** Runs in the page, so it stands alone. Turned as EXIF says, transparent parts on white: as viewers and authorities do. */
async function decodeInPage(base64: string): Promise<Size | undefined> {
  const scope = globalThis as Decoded;
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes]));
    const { width, height } = picture;
    const canvas = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    // A smaller picture has no hash.
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
  if (!decoded) throw new Error('no picture was decoded');
  const { data } = decoded.getImageData(0, from, decoded.canvas.width, rows);
  let text = '';
  for (let at = 0; at < data.length; at += 32_768) text += String.fromCharCode(...data.subarray(at, at + 32_768));
  return btoa(text);
}
