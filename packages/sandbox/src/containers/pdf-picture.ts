/** The samples of a picture in a PDF, as rows of RGBA. Flow: pdf → here → scanner/inside. Masks, inverted palettes and profiles are not applied. Spec: ISO 32000-1 §7.4.4.4 (predictors), §8.6, §8.9.5 */
import { uint8 } from '../decode/byte-reader.ts';
import type { DecodedPicture } from '../decode/reduce.ts';

/** The text of the object with this number and generation ("12 0"), if it can be found. */
export type DictionaryOf = (reference: string) => string | undefined;

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** Samples of a pixel: grey or an index, RGB, CMYK. */
  readonly channels: number;
  /** RGB, three bytes a colour. */
  readonly palette: Uint8Array | undefined;
  readonly isInverted: boolean;
}

/** @returns undefined if the layout is not read, or the data is shorter than it says */
export function pictureOf(data: Uint8Array, dictionary: string, lookUp: DictionaryOf): DecodedPicture | undefined {
  const number = (name: string, otherwise: number): number =>
    Number(new RegExp(`/${name}\\s+(\\d+)(?!\\s+\\d+\\s+R)`).exec(dictionary)?.[1] ?? otherwise);
  const [width, height] = [number('Width', 0), number('Height', 0)];
  const isMask = /\/ImageMask\s+true/.test(dictionary);
  const bits = isMask ? 1 : number('BitsPerComponent', 8);
  const predictor = number('Predictor', 1);
  if (width === 0 || height === 0 || ![1, 2, 4, 8, 16].includes(bits)) return undefined;

  const rowBytes = (channels: number): number => Math.ceil((width * channels * bits) / 8);
  const space = isMask ? '/DeviceGray' : spaceOf(dictionary, lookUp);
  const stride = predictor >= 10 ? 1 : 0;
  const channels = channelsOf(space) ?? [1, 3, 4].find((count) => (rowBytes(count) + stride) * height === data.length);
  if (channels === undefined || data.length < (rowBytes(channels) + stride) * height) return undefined;
  const palette = space.includes('/Indexed') ? paletteOf(space) : undefined;
  if (space.includes('/Indexed') && !palette) return undefined;

  if (predictor >= 10) unfilter(data, rowBytes(channels), height, Math.max(1, (channels * bits) >> 3));
  else if (predictor === 2 && bits === 8) undifference(data, rowBytes(channels), height, channels);
  else if (predictor !== 1) return undefined;
  const layout = { width, height, bits, channels, palette, isInverted: /\/Decode\s*\[\s*1\b/.test(dictionary) };
  return { width, height, rows: (first, count) => Promise.resolve(toRgba(data, layout, first, count)) };
}

/** The colour space as text; a reference is followed once, and is empty if it leads nowhere. */
function spaceOf(dictionary: string, lookUp: DictionaryOf): string {
  const [, space = '', reference] = /\/ColorSpace\s*(\/\w+|\[[^\]]*\]|(\d+ \d+) R)/.exec(dictionary) ?? [];
  return reference ? (lookUp(reference) ?? '') : space;
}

/** Undefined for profiles and spaces that are not known: the data's length shows it. */
function channelsOf(space: string): number | undefined {
  if (/\/(Indexed|DeviceGray|CalGray)\b/.test(space)) return 1;
  if (/\/(DeviceRGB|CalRGB)\b/.test(space)) return 3;
  return space.includes('/DeviceCMYK') ? 4 : undefined;
}

/** Palettes in hex, based on RGB. */
function paletteOf(space: string): Uint8Array | undefined {
  const [, hex] = /\/Indexed\s*\/(?:DeviceRGB|CalRGB)\s+\d+\s*<([\dA-Fa-f\s]*)>/.exec(space) ?? [];
  const digits = hex?.replaceAll(/\s/g, '').match(/../g) ?? undefined;
  return digits && Uint8Array.from(digits, (two) => Number.parseInt(two, 16));
}

/** PNG's filters, in place: each row moves over the byte that names its filter. */
function unfilter(data: Uint8Array, rowBytes: number, height: number, back: number): void {
  for (let row = 0; row < height; row++) {
    const from = row * (rowBytes + 1);
    const filter = uint8(data, from);
    const to = row * rowBytes;
    for (let i = 0; i < rowBytes; i++) {
      const left = i < back ? 0 : uint8(data, to + i - back);
      const up = row === 0 ? 0 : uint8(data, to + i - rowBytes);
      const corner = i < back || row === 0 ? 0 : uint8(data, to + i - back - rowBytes);
      data[to + i] = uint8(data, from + 1 + i) + predicted(filter, left, up, corner);
    }
  }
}

/** PNG §9.2. */
function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  if (filter !== 4) return 0;
  const [byLeft, byUp, byCorner] = [left, up, corner].map((one) => Math.abs(left + up - corner - one)) as [
    number,
    number,
    number,
  ];
  if (byLeft <= byUp && byLeft <= byCorner) return left;
  return byUp <= byCorner ? up : corner;
}

/** TIFF's predictor: each sample is the difference from the one to the left. */
function undifference(data: Uint8Array, rowBytes: number, height: number, channels: number): void {
  for (let row = 0; row < height; row++) {
    for (let at = row * rowBytes + channels; at < (row + 1) * rowBytes; at++)
      data[at] = uint8(data, at) + uint8(data, at - channels);
  }
}

function toRgba(data: Uint8Array, layout: Layout, first: number, count: number): Uint8Array {
  const { width, bits, channels, palette, isInverted } = layout;
  const rowBytes = Math.ceil((width * channels * bits) / 8);
  const highest = 2 ** Math.min(bits, 8) - 1;
  const rgba = new Uint8Array(width * count * 4).fill(255);
  for (let row = 0, to = 0; row < count; row++) {
    const start = (first + row) * rowBytes;
    const sample = (index: number): number => {
      if (bits >= 8) return uint8(data, start + (index * bits) / 8);
      const bit = index * bits;
      return (uint8(data, start + (bit >> 3)) >> (8 - bits - (bit & 7))) & highest;
    };
    const light = (index: number): number => {
      const value = (sample(index) * 255) / highest;
      return isInverted ? 255 - value : value;
    };
    for (let x = 0; x < width; x++, to += 4) {
      for (let colour = 0; colour < 3; colour++) {
        if (palette) rgba[to + colour] = uint8(palette, sample(x) * 3 + colour);
        else if (channels === 1) rgba[to + colour] = light(x);
        else if (channels === 3) rgba[to + colour] = light(x * 3 + colour);
        else rgba[to + colour] = ((255 - light(x * 4 + colour)) * (255 - light(x * 4 + 3))) / 255;
      }
    }
  }
  return rgba;
}
