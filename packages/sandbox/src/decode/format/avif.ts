/**
 * AVIF (ISO 23008-12 §6.5.3 for `ispe`, ISO 14496-12 §4.2 for boxes, §8.11.3 for `iloc`): the largest of the sizes that its items
 * have. It is complete if the data of its items is there; boxes and bytes that follow do not count.
 */
import { ascii, uint16BigEndian, uint32BigEndian, uint8 } from '../byte-reader.ts';
import type { ReadHeader } from './image-header.ts';

/** A full box begins with a version and flags. */
const FULL_BOX = 4;

export const readAvif: ReadHeader = (bytes) => {
  const top = [...boxes(bytes, 0, bytes.length)];
  const meta = top.filter(({ type }) => type === 'meta').map((box) => ({ ...box, from: box.from + FULL_BOX }));
  const sizes = within(bytes, meta, 'iprp', 'ipco', 'ispe').map(({ from }) => ({
    width: uint32BigEndian(bytes, from + FULL_BOX),
    height: uint32BigEndian(bytes, from + FULL_BOX + 4),
  }));
  if (sizes.length === 0) return undefined;
  const ends = within(bytes, meta, 'iloc').flatMap(({ from }) => dataEnds(bytes, from));
  // A sequence has the data of its frames where its tracks say, in media data boxes.
  const media = top.filter(({ type }) => type === 'mdat' || type === 'moov');
  const needed = ends.length > 0 && !top.some(({ type }) => type === 'moov') ? ends : media.map(({ to }) => to);
  const isSideways = within(bytes, meta, 'iprp', 'ipco', 'irot').some(({ from }) => (uint8(bytes, from) & 1) === 1);
  const hasData = needed.length > 0 || within(bytes, meta, 'idat').length > 0;
  return {
    width: Math.max(...sizes.map(({ width }) => width)),
    height: Math.max(...sizes.map(({ height }) => height)),
    complete: hasData && [...needed, ...meta.map(({ to }) => to)].every((end) => end <= bytes.length),
    ...(isSideways && { isSideways }),
  };
};

/** Where the data of each item ends that lies in the file, by the item location box. An extent of length 0 reaches to the end. */
function dataEnds(bytes: Uint8Array, from: number): number[] {
  const version = uint8(bytes, from);
  const [offsetBytes, lengthBytes] = [uint8(bytes, from + 4) >> 4, uint8(bytes, from + 4) & 15];
  const [baseBytes, indexBytes] = [uint8(bytes, from + 5) >> 4, version > 0 ? uint8(bytes, from + 5) & 15 : 0];
  const idBytes = version < 2 ? 2 : 4;
  let at = from + 6;
  const read = (size: number): number => {
    at += size;
    if (size === 8) return uint32BigEndian(bytes, at - 8) * 2 ** 32 + uint32BigEndian(bytes, at - 4);
    return size === 4 ? uint32BigEndian(bytes, at - 4) : size === 2 ? uint16BigEndian(bytes, at - 2) : 0;
  };
  const ends: number[] = [];
  for (let items = read(idBytes); items > 0 && at < bytes.length; items--) {
    read(idBytes);
    const isInFile = version === 0 || (read(2) & 15) === 0;
    read(2);
    const base = read(baseBytes);
    for (let extents = read(2); extents > 0 && at < bytes.length; extents--) {
      read(indexBytes);
      const offset = base + read(offsetBytes);
      const end = offset + read(lengthBytes);
      if (isInFile) ends.push(end);
    }
  }
  return ends;
}

interface Box {
  type: string;
  /** Where its content begins and ends. */
  from: number;
  to: number;
}

/** Length 0: to the end. Length 1: a 64-bit length follows. A box that is shorter than its header is treated as endless. */
function* boxes(bytes: Uint8Array, from: number, to: number): Generator<Box> {
  for (let at = from; at + 8 <= to;) {
    const short = uint32BigEndian(bytes, at);
    const header = short === 1 ? 16 : 8;
    const long = uint32BigEndian(bytes, at + 8) * 2 ** 32 + uint32BigEndian(bytes, at + 12);
    const length = short === 0 ? to - at : short === 1 ? long : short;
    const end = length < header ? Infinity : at + length;
    yield { type: ascii(bytes, at + 4, at + 8), from: at + header, to: end };
    at = end;
  }
}

/** The boxes at the end of a path of types. */
function within(bytes: Uint8Array, parents: readonly Box[], ...path: readonly string[]): readonly Box[] {
  return path.reduce<readonly Box[]>(
    (found, type) =>
      found.flatMap(({ from, to }) =>
        [...boxes(bytes, from, Math.min(to, bytes.length))].filter((box) => box.type === type),
      ),
    parents,
  );
}
