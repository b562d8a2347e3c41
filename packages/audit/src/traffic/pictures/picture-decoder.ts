/**
 * Decodes pictures with a browser of the engine that runs the app, on a blank page. The bytes may come from the traffic of a hostile
 * app, and the browser's decoders run in its sandbox. Flow: corpus, traffic → here → likeness.ts; `lodestone-audit list` for a
 * picture. Spec: docs/design/audit.md#pictures, docs/design/hashing.md#pdq
 */
import { loadPdq, marginsOf, orientations, type Pdq } from '@lodestone/pdq';
import { type Browser, chromium, firefox, type Page } from 'playwright';
import { requireBrowser, type RequireOptions, launchOptions } from '../../browsers/index.ts';
import type { RecordedEngine } from '../recorded-browser.ts';
import { createReducer, luma, type Plane } from './plane.ts';
import { LOOK_SIDE, type Look } from './likeness.ts';

export interface PictureDecoder {
  /** Undefined if the browser does not decode it. */
  look(file: Uint8Array): Promise<Look | undefined>;
  /** The PDQ hash of each orientation, with the margin of each bit: none if the browser does not decode it, or it is too small. */
  hashes(file: Uint8Array): Promise<HashedLook[]>;
  /** The picture as this browser reduces it, for planes of exactly this size. */
  renderings(file: Uint8Array): Promise<Plane[]>;
  /** Reduced copies of the picture, as an app that leaks makes them: the control of a capture. */
  reducedCopies(file: Uint8Array): Promise<ReducedCopy[]>;
  close(): Promise<void>;
}

export interface HashedLook {
  hash: Uint8Array;
  margins: Float32Array;
}

export interface ReducedCopy {
  /** "WebP of 160 pixels". */
  name: string;
  bytes: Uint8Array;
}

/** Bytes of a picture that are read from the page at a time. */
const STRIP_BYTES = 4_194_304;
/** A decompression bomb costs the page its memory. */
const MOST_PIXELS = 120_000_000;
/** A smaller picture has no PDQ hash. */
const LEAST_SIDE = 5;
/** Time limit of one picture. */
const DECODE_MS = 30_000;

export async function openPictureDecoder(engine: RecordedEngine, options: RequireOptions): Promise<PictureDecoder> {
  const pdq = await loadPdq();
  let browser = await launch(engine, options);
  let page = await browser.newPage();
  const inPage = async <T>(work: (page: Page) => Promise<T>): Promise<T | undefined> => {
    try {
      return await Promise.race([
        work(page),
        new Promise<never>((_, reject) => setTimeout(() => reject(new Error('too slow')), DECODE_MS).unref()),
      ]);
    } catch {
      // The picture crashed the page or took too long. The next one gets a new page.
      await page.close().catch(() => {});
      if (!browser.isConnected()) browser = await launch(engine, options);
      page = await browser.newPage();
      return undefined;
    }
  };
  const decoded = (file: Uint8Array, at: Page): Promise<Size | undefined> =>
    at.evaluate(decodeInPage, { base64: Buffer.from(file).toString('base64'), mostPixels: MOST_PIXELS });
  return {
    look: (file) =>
      inPage(async (at) => {
        const size = await decoded(file, at);
        return size && { ...size, ...(await readLook(pdq, at, size)), renderings: [] };
      }),
    hashes: async (file) =>
      (await inPage(async (at) => {
        const size = await decoded(file, at);
        return size && hashOrientations(pdq, at, size);
      })) ?? [],
    renderings: async (file) =>
      (await inPage(async (at) => ((await decoded(file, at)) ? at.evaluate(renderInPage) : []))) ?? [],
    reducedCopies: async (file) => {
      const copies = await inPage(async (at) => ((await decoded(file, at)) ? at.evaluate(copiesInPage) : []));
      return (copies ?? []).map(({ name, base64 }) => ({ name, bytes: Buffer.from(base64, 'base64') }));
    },
    close: () => browser.close(),
  };
}

async function launch(engine: RecordedEngine, options: RequireOptions): Promise<Browser> {
  const found = launchOptions(await requireBrowser(engine, options));
  return engine === 'chromium' ? chromium.launch(found) : firefox.launch(found);
}

interface Size {
  width: number;
  height: number;
}

/** Reads the whole picture, in strips, since it may be large. Spec: docs/design/hashing.md#reduction */
async function readLook(
  pdq: Pdq,
  page: Page,
  { width, height }: Size,
): Promise<Pick<Look, 'plane' | 'pdq' | 'quality'>> {
  const stream = pdq.stream(width, height, { channels: 4 });
  const scale = Math.min(1, LOOK_SIDE / Math.min(width, height));
  const reducer = createReducer(width, height, {
    width: Math.round(width * scale),
    height: Math.round(height * scale),
  });
  const rows = Math.max(1, Math.floor(STRIP_BYTES / (width * 4)));
  const row = new Float64Array(width);
  for (let from = 0; from < height; from += rows) {
    const base64 = await page.evaluate(stripInPage, { from, rows: Math.min(rows, height - from) });
    const strip = Buffer.from(base64, 'base64');
    stream.push(strip);
    for (let at = 0; at < strip.length; at += width * 4) {
      for (let x = 0; x < width; x++)
        row[x] = luma(strip[at + 4 * x] ?? 0, strip[at + 4 * x + 1] ?? 0, strip[at + 4 * x + 2] ?? 0);
      reducer.push(row, 0);
    }
  }
  const { hashes, quality } = stream.finishOrientations();
  return {
    plane: reducer.finish(),
    pdq: Math.min(width, height) < LEAST_SIDE ? [] : orientations.map((name) => hashes[name]),
    quality,
  };
}

/** Of one picture at a time: its pixels are in memory as a whole. */
async function hashOrientations(pdq: Pdq, page: Page, { width, height }: Size): Promise<HashedLook[]> {
  if (Math.min(width, height) < LEAST_SIDE) return [];
  const data = new Uint8Array(width * height * 4);
  const rows = Math.max(1, Math.floor(STRIP_BYTES / (width * 4)));
  for (let from = 0; from < height; from += rows) {
    const base64 = await page.evaluate(stripInPage, { from, rows: Math.min(rows, height - from) });
    data.set(Buffer.from(base64, 'base64'), from * width * 4);
  }
  const picture = { data, width, height, channels: 4 } as const;
  const { hashes, coefficients } = pdq.hashOrientations(picture, { coefficients: true });
  return orientations.map((name) => ({
    hash: hashes[name],
    margins: marginsOf(coefficients ?? new Float32Array(256), name),
  }));
}

/** The page stores the decoded picture here between the two steps. */
interface Decoded {
  decoded?: OffscreenCanvasRenderingContext2D;
}

/** Runs in the page, so it uses nothing from this module. Applies the EXIF orientation, on white, as viewers do. */
async function decodeInPage({ base64, mostPixels }: { base64: string; mostPixels: number }): Promise<Size | undefined> {
  const scope = globalThis as Decoded;
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes]));
    const { width, height } = picture;
    if (width * height > mostPixels) return undefined;
    const canvas = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!canvas) return undefined;
    canvas.fillStyle = '#fff';
    canvas.fillRect(0, 0, width, height);
    canvas.drawImage(picture, 0, 0);
    picture.close();
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

/** The sizes and ways in which an app is likely to make a tiny preview. */
function renderInPage(): { width: number; height: number; values: number[] }[] {
  const { decoded } = globalThis as Decoded;
  if (!decoded) return [];
  const { width, height } = decoded.canvas;
  const side = Math.min(width, height);
  const sizes = [8, 12, 16, 20, 24, 32].flatMap((size) => [
    { w: size, h: size, from: [0, 0, width, height] as const },
    { w: size, h: size, from: [(width - side) / 2, (height - side) / 2, side, side] as const },
    {
      w: Math.max(1, Math.round((size * width) / Math.max(width, height))),
      h: Math.max(1, Math.round((size * height) / Math.max(width, height))),
      from: [0, 0, width, height] as const,
    },
  ]);
  return sizes.flatMap(({ w, h, from }) =>
    (['off', 'low', 'high'] as const).map((smoothing) => {
      const canvas = new OffscreenCanvas(w, h).getContext('2d', { willReadFrequently: true });
      if (!canvas) return { width: 0, height: 0, values: [] };
      canvas.imageSmoothingEnabled = smoothing !== 'off';
      if (smoothing !== 'off') canvas.imageSmoothingQuality = smoothing;
      canvas.drawImage(decoded.canvas, ...from, 0, 0, w, h);
      const { data } = canvas.getImageData(0, 0, w, h);
      const values = Array.from(
        { length: w * h },
        (_, i) => 0.299 * (data[4 * i] ?? 0) + 0.587 * (data[4 * i + 1] ?? 0) + 0.114 * (data[4 * i + 2] ?? 0),
      );
      return { width: w, height: h, values };
    }),
  );
}

async function copiesInPage(): Promise<{ name: string; base64: string }[]> {
  const { decoded } = globalThis as Decoded;
  if (!decoded) return [];
  const { width, height } = decoded.canvas;
  const toBase64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  const drawn = (w: number, h: number): OffscreenCanvasRenderingContext2D => {
    const canvas = new OffscreenCanvas(w, h).getContext('2d', { willReadFrequently: true });
    if (!canvas) throw new Error('no canvas');
    canvas.drawImage(decoded.canvas, 0, 0, w, h);
    return canvas;
  };
  const fitted = (size: number): OffscreenCanvas => {
    const scale = Math.min(1, size / Math.max(width, height));
    return drawn(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))).canvas;
  };
  const encoded = async (canvas: OffscreenCanvas, type: string, quality: number): Promise<string> =>
    toBase64(new Uint8Array(await (await canvas.convertToBlob({ type, quality })).arrayBuffer()));
  const grey = (size: number): string => {
    const { data } = drawn(size, size).getImageData(0, 0, size, size);
    return toBase64(
      Uint8Array.from(
        { length: size * size },
        (_, i) => ((data[4 * i] ?? 0) + (data[4 * i + 1] ?? 0) + (data[4 * i + 2] ?? 0)) / 3,
      ),
    );
  };
  return [
    { name: 'WebP of 160 pixels', base64: await encoded(fitted(160), 'image/webp', 0.5) },
    { name: 'JPEG of 96 pixels', base64: await encoded(fitted(96), 'image/jpeg', 0.4) },
    { name: 'grey plane of 128 × 128', base64: grey(128) },
    { name: 'grey plane of 16 × 16', base64: grey(16) },
  ];
}
