/**
 * The samples of a picture in a PDF, as rows of RGBA. Flow: pdf → here → scanner/inside. Masks and profiles are not applied; a layout that
 * is not read is no picture here. Spec: ISO 32000-1 §8.6, §8.9.5
 */
import type { DecodedPicture } from '../../decode/reduce.ts';
import { type Dictionary, isList, type Value } from './pdf-syntax.ts';

/** Follows references; undefined if there is no value. */
export type Resolve = (value: Value | undefined) => Value | undefined;

interface Layout {
  readonly width: number;
  readonly bits: number;
  /** Samples of a pixel: grey or an index, RGB, CMYK. */
  readonly channels: number;
  /** RGB, three bytes a colour. */
  readonly palette: Uint8Array | undefined;
  readonly isInverted: boolean;
}

/** @returns undefined if the layout is not read, or the data is shorter than it says */
export function pictureOf(data: Uint8Array, dictionary: Dictionary, resolve: Resolve): DecodedPicture | undefined {
  const number = (name: string, otherwise: number): number =>
    dictionary.has(name) ? Number(resolve(dictionary.get(name))) : otherwise;
  const [width, height] = [number('Width', 0), number('Height', 0)];
  const isMask = resolve(dictionary.get('ImageMask')) === 'true';
  const bits = isMask ? 1 : number('BitsPerComponent', 8);
  if (!isCount(width) || !isCount(height) || ![1, 2, 4, 8, 16].includes(bits)) return undefined;

  const rowBytes = (channels: number): number => Math.ceil((width * channels * bits) / 8);
  const byLength = [1, 3, 4].find((count) => rowBytes(count) * height === data.length);
  const colours = isMask ? { channels: 1 } : coloursOf(dictionary.get('ColorSpace'), resolve, byLength);
  if (!colours || data.length < rowBytes(colours.channels) * height) return undefined;
  const decode = decodeOf(dictionary, resolve);
  if (!decode || (colours.palette && decode !== 'plain')) return undefined;
  const layout = { width, bits, palette: undefined, ...colours, isInverted: decode === 'inverted' };
  return { width, height, rows: (first, count) => Promise.resolve(toRgba(data, layout, first, count)) };
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}

/** Whether samples are inverted; undefined for other ranges. */
export function decodeOf(dictionary: Dictionary, resolve: Resolve): 'plain' | 'inverted' | undefined {
  if (!dictionary.has('Decode')) return 'plain';
  const range = resolve(dictionary.get('Decode'));
  if (!isList(range)) return undefined;
  if (range.every((value, i) => value === i % 2)) return 'plain';
  return range.every((value, i) => value === 1 - (i % 2)) ? 'inverted' : undefined;
}

/** @param byLength how many samples a pixel has by the data's length, for spaces that do not say it */
function coloursOf(
  given: Value | undefined,
  resolve: Resolve,
  byLength: number | undefined,
): (Pick<Layout, 'channels'> & { palette?: Uint8Array }) | undefined {
  const space = resolve(given);
  const parts: readonly Value[] = isList(space) ? space : [space ?? ''];
  switch (resolve(parts[0]) ?? '') {
    case '/DeviceGray':
    case '/CalGray':
      return { channels: 1 };
    case '/DeviceRGB':
    case '/CalRGB':
      return { channels: 3 };
    case '/DeviceCMYK':
      return { channels: 4 };
    case '/ICCBased': {
      const profile = resolve(parts[1]);
      const stated = Number(profile instanceof Map ? resolve((profile as Dictionary).get('N')) : undefined);
      const channels = [1, 3, 4].includes(stated) ? stated : byLength;
      return channels === undefined ? undefined : { channels };
    }
    case '/Indexed': {
      const [colours, palette] = [Number(resolve(parts[2])) + 1, resolve(parts[3])];
      const isRgb = palette instanceof Uint8Array && palette.length === colours * 3;
      return isRgb ? { channels: 1, palette } : undefined;
    }
    case '':
      // It is in an object stream. One sample could be an index into a palette.
      return byLength === undefined || byLength === 1 ? undefined : { channels: byLength };
    default:
      return undefined;
  }
}

function toRgba(data: Uint8Array, layout: Layout, first: number, count: number): Uint8Array {
  const { width, bits, channels, palette, isInverted } = layout;
  const rowBytes = Math.ceil((width * channels * bits) / 8);
  const light = lights(bits, isInverted);
  const rgba = new Uint8Array(width * count * 4).fill(255);
  const samples = new Uint8Array(width * channels);
  for (let row = 0, to = 0; row < count; row++) {
    const start = (first + row) * rowBytes;
    readSamples(data, start, bits, samples);
    for (let x = 0, from = 0; x < width; x++, to += 4, from += channels) {
      const sample = samples[from] as number;
      if (palette) {
        rgba[to] = palette[sample * 3] ?? 0;
        rgba[to + 1] = palette[sample * 3 + 1] ?? 0;
        rgba[to + 2] = palette[sample * 3 + 2] ?? 0;
      } else if (channels === 1) {
        rgba[to] = rgba[to + 1] = rgba[to + 2] = light[sample] as number;
      } else {
        const white = channels === 4 ? 255 - (light[samples[from + 3] as number] as number) : 0;
        for (let colour = 0; colour < 3; colour++) {
          const value = light[samples[from + colour] as number] as number;
          rgba[to + colour] = channels === 4 ? ((255 - value) * white) / 255 : value;
        }
      }
    }
  }
  samples.fill(0);
  return rgba;
}

/** The light of each sample; of 16 bits the upper 8 count. */
function lights(bits: number, isInverted: boolean): Uint8Array {
  const highest = 2 ** Math.min(bits, 8) - 1;
  return Uint8Array.from({ length: highest + 1 }, (_, sample) => {
    const light = (sample * 255) / highest;
    return isInverted ? 255 - light : light;
  });
}

/** One row, a byte for each sample. */
function readSamples(data: Uint8Array, start: number, bits: number, samples: Uint8Array): void {
  if (bits === 8) return samples.set(data.subarray(start, start + samples.length));
  const highest = 2 ** bits - 1;
  for (let i = 0, bit = 0; i < samples.length; i++, bit += bits) {
    const byte = data[start + (bit >> 3)] as number;
    samples[i] = bits === 16 ? byte : (byte >> (8 - bits - (bit & 7))) & highest;
  }
}
