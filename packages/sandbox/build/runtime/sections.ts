/** Splits a WebAssembly file into sections and function bodies, and joins them: the part of the format that removing functions needs. Spec: WebAssembly 2.0, 5.5 */

export interface Section {
  readonly id: number;
  readonly bytes: Uint8Array;
}

export const SECTION = { imports: 2, memories: 5, globals: 6, exports: 7, code: 10 } as const;

const HEADER = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

export function sectionsOf(file: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (let at = HEADER.length; at < file.length;) {
    const id = file[at] ?? 0;
    const [size, from] = readNumber(file, at + 1);
    at = from + size;
    sections.push({ id, bytes: file.subarray(from, at) });
  }
  return sections;
}

export function fileOf(sections: readonly Section[]): Buffer<ArrayBuffer> {
  return Buffer.concat([
    HEADER,
    ...sections.flatMap(({ id, bytes }) => [Uint8Array.of(id), number(bytes.length), bytes]),
  ]);
}

/** The bodies of the functions that the file defines, in order. */
export function bodiesOf(code: Uint8Array): Uint8Array[] {
  const [count, first] = readNumber(code, 0);
  const bodies: Uint8Array[] = [];
  for (let at = first; bodies.length < count;) {
    const [size, from] = readNumber(code, at);
    at = from + size;
    bodies.push(code.subarray(from, at));
  }
  return bodies;
}

export function codeOf(bodies: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([number(bodies.length), ...bodies.flatMap((body) => [number(body.length), body])]);
}

/** Unsigned LEB128. */
export function readNumber(bytes: Uint8Array, at: number): [value: number, after: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 28)
      throw new RangeError(
        'the WebAssembly file is damaged: it ends within a number, or a number has more than 32 bits',
      );
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at];
  }
}

export function number(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; bytes.push((rest % 128) | (rest >= 128 ? 128 : 0)) && rest >= 128;)
    rest = Math.floor(rest / 128);
  return Uint8Array.from(bytes);
}
