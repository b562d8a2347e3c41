/** AVIF (ISO 23008-12 §6.5.3 for `ispe`, ISO 14496-12 §4.2 for boxes): the largest of the sizes that its items have. */
import { ascii, uint32BigEndian } from '../byte-reader.ts';
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
  const hasData = top.some(({ type }) => type === 'mdat') || within(bytes, meta, 'idat').length > 0;
  return {
    width: Math.max(...sizes.map(({ width }) => width)),
    height: Math.max(...sizes.map(({ height }) => height)),
    complete: hasData && top.every(({ to }) => to <= bytes.length),
  };
};

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
