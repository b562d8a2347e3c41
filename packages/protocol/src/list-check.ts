/**
 * Checks a `.lode` file while it arrives in pieces of any size, so that no caller needs the whole file in memory or in one
 * task. `parseRelease` uses the same check. Promise: it accepts exactly the files in canonical form.
 * Spec: docs/design/contracts.md#list-file
 */
import { compareBytes } from './bytes.ts';
import { LIMITS } from './limits.ts';
import { LOCKED_HEADER_BYTES, lockedRowBytes } from './locked-rows.ts';
import { listFormatError } from './list-format-error.ts';

export { listFormatError };

export const LODE_HEADER_BYTES = 32;
export const LODE_MAGIC = 0x45444f4c; // "LODE" read as little-endian u32
export const LODE_VERSION = 1;
/** Bytes of a payload of type pdq or sha256, and of one frame of a video. */
export const ROW_BYTES = 32;

/** The counts of the header: records of each type, and frames of all videos. */
export interface ListCounts {
  /** Rows of either form. */
  readonly pdq: number;
  readonly sha256: number;
  readonly vpdq: number;
  readonly frames: number;
  /** Of each locked PDQ row; 0 if the PDQ rows can be read. Byte 5 of the file. */
  readonly lockedSlots: number;
}

/** Where the sections of a file begin, in bytes. The last one is followed by frame counts and frames. */
export interface ListPlaces {
  readonly pdqRows: number;
  readonly pdqRowBytes: number;
  readonly pdqEntries: number;
  readonly sha256Rows: number;
  readonly sha256Entries: number;
  readonly vpdqEntries: number;
}

/**
 * @param fileBytes length of the whole file, of which `view` may be the beginning
 * @throws {LodestoneError} `ERR_LIST_FORMAT`
 */
export function readListHeader(view: DataView, fileBytes: number = view.byteLength): ListCounts {
  if (fileBytes < LODE_HEADER_BYTES) throw listFormatError(`${fileBytes} bytes is shorter than the header`);
  if (view.getUint32(0, true) !== LODE_MAGIC) throw listFormatError('does not begin with "LODE"');
  if (view.getUint8(4) !== LODE_VERSION)
    throw listFormatError(`version ${view.getUint8(4)}, but this build reads ${LODE_VERSION}`);
  for (const reserved of [6, 7, 24, 25, 26, 27, 28, 29, 30, 31]) {
    if (view.getUint8(reserved) !== 0) throw listFormatError(`reserved byte ${reserved} is not zero`);
  }
  const lockedSlots = view.getUint8(5);
  if (lockedSlots > LIMITS.lockedSlots) throw listFormatError('more slots than allowed');
  const count = (at: number): number => view.getUint32(at, true);
  const [pdq, sha256, vpdq, frames] = [count(8), count(12), count(16), count(20)];
  if (pdq + sha256 + frames > LIMITS.listRows || vpdq > frames) throw listFormatError('more rows than allowed');
  const counts = { pdq, sha256, vpdq, frames, lockedSlots };
  const expected = listPlaces(counts).vpdqEntries + vpdq * 8 + frames * ROW_BYTES;
  if (fileBytes !== expected) throw listFormatError(`${fileBytes} bytes, but its counts require ${expected}`);
  return counts;
}

export function listPlaces({ pdq, sha256, lockedSlots }: Omit<ListCounts, 'vpdq' | 'frames'>): ListPlaces {
  const pdqRows = LODE_HEADER_BYTES + (lockedSlots && LOCKED_HEADER_BYTES);
  const pdqRowBytes = lockedSlots ? lockedRowBytes(lockedSlots) : ROW_BYTES;
  const pdqEntries = pdqRows + pdq * pdqRowBytes;
  const sha256Rows = pdqEntries + pdq * 4;
  const sha256Entries = sha256Rows + sha256 * ROW_BYTES;
  return { pdqRows, pdqRowBytes, pdqEntries, sha256Rows, sha256Entries, vpdqEntries: sha256Entries + sha256 * 4 };
}

export interface ListCheck {
  /** Takes the next bytes. @throws {LodestoneError} `ERR_LIST_FORMAT` as soon as they cannot belong to a list */
  update(bytes: Uint8Array): void;
  /** Call once, after the last bytes. @throws {LodestoneError} `ERR_LIST_FORMAT` if the file is incomplete */
  finish(): ListCounts;
}

/** @param fileBytes length of the whole file */
export function createListCheck(fileBytes: number): ListCheck {
  return new SectionReader(fileBytes);
}

/** Consecutive units of one length: the header, payloads, entry numbers, frame counts or frames. */
interface Section {
  readonly unitBytes: number;
  /** Units that have not been read yet. */
  left: number;
  /** Reads whole units. */
  take(bytes: Uint8Array, at: number, units: number): void;
}

/** Divides the bytes into the file's sections, and joins units that two pieces share. */
class SectionReader implements ListCheck {
  readonly #fileBytes: number;
  readonly #sections: Section[];
  /** The beginning of a unit whose end is in the next piece. */
  readonly #begun = new Uint8Array(lockedRowBytes(LIMITS.lockedSlots));
  #begunBytes = 0;
  #counts: ListCounts | undefined;

  constructor(fileBytes: number) {
    this.#fileBytes = fileBytes;
    const take = (bytes: Uint8Array, at: number): void => this.#readHeader(bytes, at);
    this.#sections = [{ unitBytes: LODE_HEADER_BYTES, left: 1, take }];
  }

  update(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const section = this.#sections[0];
      if (!section) throw listFormatError('longer than its counts');
      if (section.left === 0) this.#sections.shift();
      else at += this.#read(section, bytes, at);
    }
  }

  finish(): ListCounts {
    if (!this.#counts || this.#sections.some(({ left }) => left > 0)) throw listFormatError('ends too early');
    return this.#counts;
  }

  /** Returns how many bytes were read. */
  #read(section: Section, bytes: Uint8Array, at: number): number {
    const { unitBytes } = section;
    const whole = Math.min(section.left, Math.floor((bytes.length - at) / unitBytes));
    if (this.#begunBytes === 0 && whole > 0) {
      section.left -= whole;
      section.take(bytes, at, whole);
      return whole * unitBytes;
    }
    const length = Math.min(unitBytes - this.#begunBytes, bytes.length - at);
    this.#begun.set(bytes.subarray(at, at + length), this.#begunBytes);
    this.#begunBytes += length;
    if (this.#begunBytes === unitBytes) {
      this.#begunBytes = 0;
      section.left -= 1;
      section.take(this.#begun, 0, 1);
    }
    return length;
  }

  #readHeader(bytes: Uint8Array, at: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, LODE_HEADER_BYTES);
    const counts = (this.#counts = readListHeader(view, this.#fileBytes));
    const { pdq, sha256, vpdq, frames, lockedSlots } = counts;
    const videos = new VideoOrder(vpdq, frames);
    this.#sections.push(
      // `readLockedParameters` checks what is in it.
      { unitBytes: LOCKED_HEADER_BYTES, left: lockedSlots && 1, take: () => undefined },
      rowSection(pdq, listPlaces(counts).pdqRowBytes),
      entrySection(pdq),
      rowSection(sha256, ROW_BYTES),
      entrySection(sha256),
      entrySection(vpdq),
      { unitBytes: 4, left: vpdq, take: (...units) => videos.takeCounts(...units) },
      { unitBytes: ROW_BYTES, left: frames, take: (...units) => videos.takeFrames(...units) },
    );
  }
}

/** Payloads in strictly increasing order. */
function rowSection(count: number, unitBytes: number): Section {
  const before = new Uint8Array(unitBytes);
  let row = 0;
  return {
    unitBytes,
    left: count,
    take(bytes, at, units) {
      for (let i = 0; i < units; i++, row++) {
        const place = at + i * unitBytes;
        const order =
          i === 0
            ? compareRow(before, 0, bytes, place, unitBytes)
            : compareRow(bytes, place - unitBytes, bytes, place, unitBytes);
        if (row > 0 && order >= 0) throw listFormatError(`row ${row} is not greater than the row before`);
      }
      const last = at + (units - 1) * unitBytes;
      before.set(bytes.subarray(last, last + unitBytes));
    },
  };
}

function entrySection(count: number): Section {
  return {
    unitBytes: 4,
    left: count,
    take(bytes, at, units) {
      for (let place = at; place < at + units * 4; place += 4) {
        if (!(bytes[place] || bytes[place + 1] || bytes[place + 2] || bytes[place + 3]))
          throw listFormatError('entry number 0 is reserved');
      }
    },
  };
}

/** Videos in strictly increasing order of all their frames. Holds two videos at most. */
class VideoOrder {
  readonly #frames: number;
  readonly #counts: Uint16Array;
  #countsRead = 0;
  #sum = 0;
  #before: Uint8Array | undefined;
  #current = new Uint8Array(0);
  #currentBytes = 0;
  #video = 0;

  constructor(videos: number, frames: number) {
    this.#frames = frames;
    this.#counts = new Uint16Array(videos);
  }

  takeCounts(bytes: Uint8Array, at: number, units: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, units * 4);
    for (let i = 0; i < units; i++) {
      const count = view.getUint32(i * 4, true);
      if (count < 1 || count > LIMITS.videoFrames)
        throw listFormatError(`a video has ${count} frames; 1 to ${LIMITS.videoFrames} are allowed`);
      this.#counts[this.#countsRead++] = count;
      this.#sum += count;
    }
    if (this.#countsRead === this.#counts.length && this.#sum !== this.#frames)
      throw listFormatError('frame counts do not add up');
  }

  takeFrames(bytes: Uint8Array, at: number, units: number): void {
    const end = at + units * ROW_BYTES;
    for (let place = at; place < end;) {
      const videoBytes = (this.#counts[this.#video] ?? 0) * ROW_BYTES;
      if (videoBytes === 0) throw listFormatError('frame counts do not add up');
      if (this.#currentBytes === 0) this.#current = new Uint8Array(videoBytes);
      const length = Math.min(videoBytes - this.#currentBytes, end - place);
      this.#current.set(bytes.subarray(place, place + length), this.#currentBytes);
      this.#currentBytes += length;
      place += length;
      if (this.#currentBytes === videoBytes) this.#endVideo();
    }
  }

  #endVideo(): void {
    if (this.#before && compareBytes(this.#before, this.#current) >= 0)
      throw listFormatError('videos are not in increasing order');
    this.#before = this.#current;
    this.#currentBytes = 0;
    this.#video++;
  }
}

/** Compares rows in place: creating a million subarrays would cost more than the comparison. */
export function compareRow(a: Uint8Array, from: number, b: Uint8Array, at: number, length: number): number {
  for (let i = 0; i < length; i++) {
    const difference = (a[from + i] ?? 0) - (b[at + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
