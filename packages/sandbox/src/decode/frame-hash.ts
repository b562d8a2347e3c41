/**
 * Hashes a video's frames, at their full size, and without their borders if a list needs it. A frame whose luma agrees with PDQ's (BT.601,
 * within 2 bits) is hashed from its luma plane, any other one from RGBA. Flow: scanner/video → here → pdq. Promise: pixels are zeros after `clear`.
 * Spec: docs/design/hashing.md#video
 */
import {
  type HashedVariant,
  hashVariants,
  type Orientation,
  orientations,
  type Pdq,
  type Picture,
} from '@lodestone/pdq';
import { thumbnail } from './thumbnail.ts';
import { hasUniformEdge } from './uniform-edge.ts';

export interface FrameHashes {
  readonly quality: number;
  readonly own: Uint8Array;
  /** The seven other orientations, or none. */
  readonly others: readonly Uint8Array[];
  /** The orientation of the frame's pixels that is shown. */
  readonly shown: Orientation;
  /** Of the frame's pixels. Only if needed. */
  readonly coefficients?: Float32Array;
  /** Without borders, if it has some. `near`, because no model sees a video. */
  readonly variants: readonly (HashedVariant & { readonly match: 'near' })[];
}

/** What lists need in addition to a frame's own hash. */
export interface FrameNeeds {
  /** The seven other orientations. */
  readonly others: boolean;
  /** What is left without a letterbox. */
  readonly borders: boolean;
  readonly coefficients: boolean;
}

/** Rows that are enough to hash what is inside the borders. */
const ENOUGH_ROWS = 512;

/** Formats whose first plane is luma with a byte for each pixel. */
const WITH_LUMA: readonly (string | null)[] = ['I420', 'I420A', 'I422', 'I422A', 'I444', 'I444A', 'NV12'];
/** BT.601. PDQ's weights differ from BT.709's by up to 18 bits for saturated colours. */
const LIKE_PDQ: readonly (string | null | undefined)[] = ['smpte170m', 'bt470bg'];

/** The hash of a frame that is shown turned clockwise. PDQ's names count the other way. */
const SHOWN: Readonly<Record<number, Orientation>> = {
  0: 'original',
  90: 'rotate270',
  180: 'rotate180',
  270: 'rotate90',
};

type CopiedFrame = Required<Picture>;

export class FrameHasher {
  readonly #pdq: Pdq;
  readonly #needs: FrameNeeds;
  #buffer = new Uint8Array();
  #last: CopiedFrame | undefined;

  constructor(pdq: Pdq, needs: FrameNeeds) {
    this.#pdq = pdq;
    this.#needs = needs;
  }

  async hash(frame: VideoFrame, rotation: number): Promise<FrameHashes> {
    const isLuma = LIKE_PDQ.includes(frame.colorSpace.matrix);
    const picture = await this.#copy(frame, isLuma);
    // A letterbox comes from an editor, which turns the frames themselves.
    const variants = rotation === 0 && this.#needs.borders ? this.#withoutBorders(picture) : [];
    if (rotation === 0 && !this.#needs.others) {
      const { hash, ...rest } = this.#pdq.hash(picture, this.#needs);
      return { ...rest, own: hash, others: [], shown: 'original', variants };
    }
    const { hashes, ...rest } = this.#pdq.hashOrientations(picture, this.#needs);
    const shown = SHOWN[rotation] ?? 'original';
    const others = this.#needs.others ? orientations.filter((name) => name !== shown).map((name) => hashes[name]) : [];
    return { ...rest, own: hashes[shown], others, shown, variants };
  }

  #withoutBorders(picture: CopiedFrame): FrameHashes['variants'] {
    if (!hasUniformEdge(picture)) return [];
    const { height, stride } = picture;
    const apart = Math.max(1, Math.floor(height / ENOUGH_ROWS));
    // Rounded up: a last row that has fewer behind it than the others ends with the data.
    const fewer = { ...picture, height: Math.ceil(height / apart), stride: stride * apart };
    return hashVariants(this.#pdq, fewer, ['borders'], undefined, this.#needs).map((variant) => ({
      ...variant,
      match: 'near',
    }));
  }

  /** PDQ of a thumbnail, to compare frames of one video. Not what lists have. */
  async thumbnailHash(frame: VideoFrame): Promise<Uint8Array> {
    return this.#pdq.hash(thumbnail(await this.#copy(frame, true))).hash;
  }

  /** Overwrites the last frame here and in the kernel's memory. */
  clear(): void {
    this.#buffer.fill(0);
    if (this.#last) this.#pdq.hash(this.#last);
  }

  /** @param isLuma the luma plane is enough, if there is one */
  async #copy(frame: VideoFrame, isLuma: boolean): Promise<CopiedFrame> {
    const { width, height } = frame.visibleRect ?? { width: frame.codedWidth, height: frame.codedHeight };
    const channels = isLuma && WITH_LUMA.includes(frame.format) ? 1 : 4;
    const options: VideoFrameCopyToOptions = channels === 1 ? {} : { format: 'RGBA' };
    const bytes = frame.allocationSize(options);
    if (this.#buffer.length < bytes) {
      this.#buffer.fill(0);
      this.#buffer = new Uint8Array(bytes);
    }
    const [plane] = await frame.copyTo(this.#buffer, options);
    const { offset = 0, stride = width * channels } = plane ?? {};
    const data = this.#buffer.subarray(offset, offset + stride * height);
    this.#last = { data, width, height, channels, stride };
    return this.#last;
  }
}
