/**
 * What is inside a content item: members of archives, pictures of documents, further pictures and videos of a JPEG.
 * Flow: scan → here → parts/containers, carve, decode, hash, match → scan. Promise: each is looked up like content of its own, under the lines of
 * the plan that cover the item's medium and its own; what is not opened is a fault; copies and pixels are zeros when it returns.
 * Spec: docs/design/hashing.md#containers
 */
import { LIMITS, SCAN_LIMITS } from '@lodestone/protocol/limits';
import type { Media } from '@lodestone/protocol/surface';
import type { KnownFinding } from '@lodestone/protocol/verdict';
import { uint32BigEndian } from '../decode/byte-reader.ts';
import { readImageHeader } from '../decode/format/image-header.ts';
import type { Pixels, Size } from '../decode/pixels.ts';
import { type DecodedPicture, reduce } from '../decode/reduce.ts';
import { endOfTags, hasMovie } from '../decode/sniff-by-structure.ts';
import { type ContainerType, HEADER_READERS, mediaOf, type PictureType, sniff } from '../decode/sniff.ts';
import { find } from '../parts/containers/find.ts';
import { Budget, type Fault, type Found, type OpenedType, type Openers } from '../parts/containers/input.ts';
import { carve } from './carve.ts';
import { lookAtIcon } from './icon.ts';
import { hashPicture, wipeHasher } from './hash-picture.ts';
import { lookAtPicture, type PictureTools } from './look-at-picture.ts';
import {
  asParts,
  CHEAP_VARIANTS,
  clearCoefficients,
  type ListLookup,
  matchExact,
  matchNear,
  needsDigest,
  onlyWith,
} from './match.ts';
import { lookAtVideo, needsFrames } from './video.ts';

export interface Inside {
  /** At most one for each list: a member's digest before a picture's hash, then the nearest. */
  readonly findings: KnownFinding[];
  /** Why something was not looked at; of several reasons the first. */
  readonly fault: Fault | undefined;
}

/** @param lookups the plan's lines for files */
export async function scanInsideFile(
  bytes: Uint8Array<ArrayBuffer>,
  type: ContainerType | undefined,
  lookups: readonly ListLookup[],
  tools: PictureTools,
): Promise<Inside> {
  const openers = await openersOf(tools);
  return searched(new Search(bytes.length, lookups, tools, openers), async (search) => {
    await search.openFile(bytes, type, 1);
    await search.lookAtMovie(bytes, lookups);
  });
}

/**
 * Thumbnails, the further pictures of an MPO, a gain map: they add findings, and none is missing if it does not decode, since no engine
 * shows them; a bound that is reached is a fault. Videos in the file (a motion photo) are looked at if a line covers both media.
 * @param lookups the plan's lines for pictures
 */
export async function scanInsideJpeg(
  bytes: Uint8Array<ArrayBuffer>,
  lookups: readonly ListLookup[],
  tools: PictureTools,
): Promise<Inside> {
  return searched(new Search(bytes.length, lookups, tools), async (search) => {
    // In WebKit the host decodes the picture, and only the picture.
    if (!tools.decoder.needsBitmap) await search.takePicturesIn(bytes, 2);
    const videos = lookups.filter(({ media }) => media.includes('video'));
    if (videos.length > 0) await search.lookAtVideosIn(bytes, videos);
  });
}

/**
 * What the bytes of a picture are too: a video, or a file with an archive at its end, if a line covers both media.
 * @param lookups the plan's lines for pictures
 */
export async function scanBesidePicture(
  bytes: Uint8Array<ArrayBuffer>,
  lookups: readonly ListLookup[],
  tools: PictureTools,
): Promise<Inside> {
  const ofFiles = lookups.filter(({ media }) => media.includes('file'));
  // Whether the containers part runs matters only to a picture that needs it.
  const hasZip = ofFiles.length > 0 && endsLikeZip(bytes);
  const openers = hasZip ? await openersOf(tools) : undefined;
  return searched(new Search(bytes.length, ofFiles, tools, openers), async (search) => {
    await search.lookAtMovie(bytes, lookups);
    if (hasZip) await search.openZipBehind(bytes, 1);
  });
}

async function searched(search: Search, run: (search: Search) => Promise<void>): Promise<Inside> {
  await run(search).finally(() => search.end());
  return search;
}

async function openersOf({ parts }: PictureTools): Promise<Openers | undefined> {
  return (await parts.run('containers', undefined, () => ({ input: undefined, transfer: [] }))) as Openers | undefined;
}

/** Whether a ZIP's last record may be in the bytes; its comment has at most 65,535. */
function endsLikeZip(bytes: Uint8Array): boolean {
  return find(bytes, 'PK\x05\x06', Math.max(0, bytes.length - 22 - 65_535)) >= 0;
}

/** References from before the lockdown removes both from the scope. */
const { setTimeout: setTimer, clearTimeout: clearTimer } = globalThis;

/** The type of the first box of an MP4 or QuickTime file. */
const FTYP = 0x66747970;
/** In bytes. Compressed pixels look like a first box of at most this length in fewer than one of a trillion places. */
const LONGEST_FTYP = 65_535;
const VIDEO_TRIES = 16;
/** Engines wait up to 4 ms for each task that a task begins. */
const MEMBERS_A_TASK = 16;

class Search implements Inside {
  readonly #lookups: readonly ListLookup[];
  readonly #tools: PictureTools;
  /** Undefined if the part does not run: then no file is complete. */
  readonly #openers: Openers | undefined;
  readonly #budget: Budget;
  readonly #best = new Map<number, KnownFinding>();
  /** A timer, because the scope has no clock. */
  readonly #timer: ReturnType<typeof setTimer>;
  readonly #timeOver: Promise<void>;
  #isTimeOver = false;
  #pictures = 0;
  fault: Fault | undefined;

  constructor(contentBytes: number, lookups: readonly ListLookup[], tools: PictureTools, openers?: Openers) {
    this.#openers = openers;
    this.#budget = new Budget(contentBytes);
    this.#lookups = lookups;
    this.#tools = tools;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#timeOver = promise;
    const ms = SCAN_LIMITS.containerMs + contentBytes * SCAN_LIMITS.containerMsPerByte;
    this.#timer = setTimer(() => {
      this.#isTimeOver = true;
      resolve();
    }, ms);
  }

  end(): void {
    clearTimer(this.#timer);
  }

  get findings(): KnownFinding[] {
    return [...this.#best.values()];
  }

  async openFile(bytes: Uint8Array<ArrayBuffer>, type: ContainerType | undefined, depth: number): Promise<void> {
    if (depth > SCAN_LIMITS.containerDepth && type) return this.#miss('too-large');
    const open = isOpened(type) ? this.#openers?.openerOf[type] : undefined;
    if (open) await this.#take(open(bytes, this.#budget), depth);
    else if (type) this.#miss('format');
    if (!open && type !== 'closed') await this.takePicturesIn(bytes, 1);
    // In the other containers, what follows the end is a fault already.
    if (!type || type === 'pdf') await this.openZipBehind(bytes, depth);
  }

  async openZipBehind(bytes: Uint8Array<ArrayBuffer>, depth: number): Promise<void> {
    if (!this.#openers) return this.#miss('format');
    const { openerOf, zipBehind } = this.#openers;
    const archive = zipBehind(bytes);
    if (!archive) return;
    if (depth > SCAN_LIMITS.containerDepth) return this.#miss('too-large');
    await this.#take(openerOf.zip(archive, this.#budget), depth);
  }

  /** Pictures that were found by their bytes: one that does not decode was none. Every other fault stands. */
  async takePicturesIn(bytes: Uint8Array<ArrayBuffer>, from: number): Promise<void> {
    const before = this.fault;
    let fault: Fault | undefined;
    for (const found of carve(bytes, from, this.#budget)) {
      if (this.#isTimeOver) {
        fault ??= 'too-long';
        break;
      }
      this.fault = undefined;
      if (found.kind === 'fault') this.#miss(found.reason);
      if (found.kind === 'bytes') await this.#lookUp(found.bytes, SCAN_LIMITS.containerDepth);
      if (this.fault !== 'decode') fault ??= this.fault;
    }
    this.fault = before ?? fault;
  }

  /** At each first box: players are told by the picture's metadata where its video begins. */
  async lookAtVideosIn(bytes: Uint8Array, lookups: readonly ListLookup[]): Promise<void> {
    let tries = 0;
    for (let at = 4; (at = bytes.indexOf(0x66, at)) >= 0; at++) {
      if (uint32BigEndian(bytes, at) !== FTYP || uint32BigEndian(bytes, at - 4) > LONGEST_FTYP) continue;
      tries += 1;
      if (tries > VIDEO_TRIES) return this.#miss('too-large');
      await this.#lookAtVideo(bytes.subarray(at - 4), lookups);
    }
  }

  async #take(members: AsyncGenerator<Found>, depth: number): Promise<void> {
    let taken = 0;
    for await (const found of members) {
      taken += 1;
      // Inflating takes no task of its own in Chromium, and a timer fires only between tasks.
      if (taken % MEMBERS_A_TASK === 0) await new Promise((resolve) => void setTimer(resolve));
      if (this.#isTimeOver) {
        clear(found);
        return this.#miss('too-long');
      }
      if (found.kind === 'fault') this.#miss(found.reason);
      else if (found.kind === 'picture') await this.#hashSamples(found.picture).finally(() => clear(found));
      else {
        await this.#lookUp(found.bytes, depth).finally(() => clear(found));
      }
    }
  }

  /** @param depth of the container that holds these bytes */
  async #lookUp(bytes: Uint8Array<ArrayBuffer>, depth: number): Promise<void> {
    const sniffed = sniff(bytes.subarray(0, LIMITS.blockBytes));
    const lookups = this.#covering(mediaOf(sniffed));
    if (lookups.length === 0 || bytes.length === 0) return;
    if (needsDigest(lookups)) this.#keep(matchExact(lookups, await sha256(bytes)).map(asMember));
    if (sniffed.kind === 'file') await this.openFile(bytes, sniffed.container, depth + 1);
    else if (sniffed.kind === 'picture') await this.#hashPicture(bytes, sniffed.type, lookups);
    else if (sniffed.kind === 'icon') await this.#lookAtIcon(bytes, lookups);
    else if (sniffed.kind === 'video') await this.#lookAtVideo(bytes, lookups);
    else this.#miss('format');
    if (sniffed.kind !== 'video') await this.lookAtMovie(bytes, lookups);
  }

  /** Of what is no video by its first bytes. */
  async lookAtMovie(bytes: Uint8Array, lookups: readonly ListLookup[]): Promise<void> {
    const videos = lookups.filter(({ media }) => media.includes('video'));
    if (videos.length === 0) return;
    const played = bytes.subarray(endOfTags(bytes));
    const isVideo = hasMovie(played) || sniff(played.subarray(0, LIMITS.blockBytes)).kind === 'video';
    if (isVideo) await this.#lookAtVideo(played, videos);
  }

  async #hashPicture(bytes: Uint8Array<ArrayBuffer>, type: PictureType, lookups: readonly ListLookup[]): Promise<void> {
    const { decoder } = this.#tools;
    const header = readImageHeader(HEADER_READERS[type], bytes);
    if (header && !this.#budget.takePixels(header.width, header.height)) return this.#miss('too-large');
    // In WebKit only the host can decode, and members never leave the sandbox.
    if (decoder.needsBitmap) return this.#miss(header ? 'format' : 'decode');
    const picture = { bytes, type, bitmap: undefined };
    const { near, fault } = await lookAtPicture(this.#tools, picture, this.#varied(lookups), []);
    this.#keep(asParts(near));
    if (fault) this.#miss(fault);
  }

  async #lookAtIcon(bytes: Uint8Array<ArrayBuffer>, lookups: readonly ListLookup[]): Promise<void> {
    const { near, fault } = await lookAtIcon(this.#tools, bytes, this.#varied(lookups), [], this.#budget);
    this.#keep(asParts(near));
    if (fault) this.#miss(fault);
  }

  async #lookAtVideo(bytes: Uint8Array, lookups: readonly ListLookup[]): Promise<void> {
    if (!needsFrames(lookups)) return;
    if (this.#isTimeOver) return this.#miss('too-long');
    const tools = { ...this.#tools, progress: () => undefined, endsEarly: this.#timeOver };
    const { near, fault } = await lookAtVideo(bytes, lookups, [], tools);
    this.#keep(asParts(near));
    if (fault) this.#miss(fault);
  }

  async #hashSamples(picture: DecodedPicture): Promise<void> {
    const lookups = this.#covering('image');
    if (lookups.length === 0) return;
    if (!this.#budget.takePixels(picture.width, picture.height)) return this.#miss('too-large');
    await this.#match(await reduce(picture, picture), picture, this.#varied(lookups));
  }

  async #match(pixels: Pixels, full: Size, lookups: readonly ListLookup[]): Promise<void> {
    const hashes = hashPicture(this.#tools.pdq, pixels, full, lookups);
    pixels.data.fill(0);
    wipeHasher(this.#tools.pdq, pixels, lookups);
    this.#keep(asParts(await matchNear(lookups, [hashes])));
    clearCoefficients([hashes]);
  }

  /** The lists, searched for variants of the next picture if there were not too many before. */
  #varied(lookups: readonly ListLookup[]): readonly ListLookup[] {
    this.#pictures += 1;
    return this.#pictures > SCAN_LIMITS.variedPictures ? onlyWith(CHEAP_VARIANTS, lookups) : lookups;
  }

  #covering(media: Media | 'unknown'): ListLookup[] {
    return this.#lookups.filter((line) => line.media.includes(media === 'unknown' ? 'file' : media));
  }

  #keep(findings: readonly KnownFinding[]): void {
    for (const finding of findings) {
      const best = this.#best.get(finding.list);
      if (!best || rankOf(finding) < rankOf(best)) this.#best.set(finding.list, finding);
    }
  }

  #miss(reason: Fault): void {
    this.fault ??= reason;
  }
}

/** Overwrites what was copied out of the container. */
function clear(found: Found): void {
  if (found.kind === 'picture') found.clear();
  if (found.kind === 'bytes' && found.isCopy) found.bytes.fill(0);
}

function isOpened(type: ContainerType | undefined): type is OpenedType {
  return type !== undefined && type !== 'closed' && type !== 'office';
}

/** The host hashes the item as a whole, so it cannot confirm the digest of a member. */
function asMember(finding: KnownFinding): KnownFinding {
  return { ...finding, match: 'member' };
}

function rankOf({ match, distance }: KnownFinding): number {
  return match === 'part' ? distance : -1;
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}
