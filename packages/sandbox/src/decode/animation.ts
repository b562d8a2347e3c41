/**
 * Decodes the frames of an animation after its first with `ImageDecoder`, up to a bound in frames, pixels and time; above it, frames
 * that are spread over the whole length. Flow: scan → here → frames, one at a time. Promise: pixels are valid until the
 * next frame, and zeros at the end; the result says whether every frame was seen. Spec: docs/design/hashing.md#animations
 */
import { LIMITS, SCAN_LIMITS } from '@lodestone/protocol/limits';
import type { IncompleteReason } from '@lodestone/protocol/verdict';
import { flattenAlpha, type AlphaForm } from './flatten-alpha.ts';
import { pixelsOf, traitsOfImageDecoder } from './image-decoder.ts';
import type { Frame } from './partial-frame.ts';
import type { Pixels, Size } from './pixels.ts';
import type { StillType } from './sniff.ts';

/** References from before the lockdown removes both from the scope. */
const { setTimeout: setTimer, clearTimeout: clearTimer } = globalThis;

/** Why not every frame was seen. */
export type Unseen = Extract<IncompleteReason, 'decode' | 'too-long' | 'codec'>;

export interface AnimationBounds {
  readonly frames: number;
  /** Of all frames that are decoded. */
  readonly pixels: number;
  readonly ms: number;
}
const BOUNDS: AnimationBounds = {
  frames: SCAN_LIMITS.animationFrames,
  pixels: SCAN_LIMITS.animationPixels,
  ms: SCAN_LIMITS.animationMs,
};

/** `position` is the frame's index among the `count` frames that are looked at, without the first. */
export type OnFrame = (pixels: Pixels, position: number, count: number) => Promise<void>;

/**
 * Passes each frame but the first to `onFrame`.
 * @returns undefined if every frame was seen, or if there is only one
 */
export async function decodeLaterFrames(
  { bytes, type }: { bytes: Uint8Array<ArrayBuffer>; type: StillType },
  alphaForm: AlphaForm,
  onFrame: OnFrame,
  bounds: AnimationBounds = BOUNDS,
): Promise<Unseen | undefined> {
  const decoder = new ImageDecoder({ data: bytes, type });
  const copies = new FrameCopies(alphaForm);
  const { promise: timeOver, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimer(resolve, bounds.ms);
  const inTime = <Value>(value: Promise<Value>): Promise<Value | undefined> => Promise.race([value, timeOver]);
  let next: Promise<Frame | undefined> = Promise.resolve(undefined);
  try {
    if (!(await inTime(framesCounted(decoder)))) return 'too-long';
    const count = decoder.tracks.selectedTrack?.frameCount ?? 0;
    if (count === 0) return 'decode';
    let indices: readonly number[] = count > 1 ? [1] : [];
    next = decodeAhead(decoder, indices[0]);
    for (let position = 0; position < indices.length; position++) {
      const frame = await inTime(next);
      if (!frame) return 'too-long';
      const size = { width: frame.displayWidth, height: frame.displayHeight };
      if (position === 0) indices = laterFrames(count, size, bounds);
      next = decodeAhead(decoder, indices[position + 1]);
      const pixels = await copies.of(frame, size).finally(() => frame.close());
      await onFrame(pixels, position, indices.length);
    }
    return indices.length < count - 1 ? 'too-long' : undefined;
  } catch {
    return 'decode'; // an EncodingError: a frame is cut
  } finally {
    clearTimer(timer);
    decoder.close();
    copies.clear();
    void next.then((frame) => frame?.close()).catch(() => undefined);
  }
}

/** The decoder works on the next frame while this one is hashed. */
function decodeAhead(decoder: ImageDecoder, frameIndex: number | undefined): Promise<Frame | undefined> {
  if (frameIndex === undefined) return Promise.resolve(undefined);
  const frame = decoder.decode({ frameIndex }).then(({ image }): Frame => image);
  frame.catch(() => undefined); // it is awaited later
  return frame;
}

/** All frames but the first; above the bounds as many as they allow (at least one), spread evenly from the second to the last. */
export function laterFrames(count: number, { width, height }: Size, bounds: AnimationBounds): number[] {
  const allowed = Math.max(1, Math.min(bounds.frames, Math.floor(bounds.pixels / (width * height))) - 1);
  const later = count - 1;
  const chosen = Math.min(later, allowed);
  const step = chosen > 1 ? (later - 1) / (chosen - 1) : 0;
  return Array.from({ length: chosen }, (_, i) => 1 + Math.round(i * step));
}

/** Chromium knows the frames when the tracks are ready, Firefox when the bytes are read. */
async function framesCounted({ completed, tracks }: ImageDecoder): Promise<true> {
  await Promise.all([completed, tracks.ready]);
  return true;
}

/** A frame's pixels. The usual sticker is small: its pixels are hashed as they are, and all its frames use one buffer. */
class FrameCopies {
  readonly #alphaForm: AlphaForm;
  #last: Uint8ClampedArray<ArrayBuffer> = new Uint8ClampedArray();

  constructor(alphaForm: AlphaForm) {
    this.#alphaForm = alphaForm;
  }

  async of(frame: Frame, size: Size): Promise<Pixels> {
    const isTurned = (frame.rotation ?? 0) !== 0 || (frame.flip ?? false);
    if (isTurned || Math.max(size.width, size.height) > LIMITS.hashSide) {
      this.clear();
      const pixels = await pixelsOf(frame, this.#alphaForm);
      this.#last = pixels.data;
      return pixels;
    }
    const { x, y, width, height } = frame.visibleRect ?? { x: 0, y: 0, ...size };
    const whole = { format: 'RGBA', rect: { x, y, width, height } } as const;
    const bytes = frame.allocationSize(whole);
    if (this.#last.length !== bytes) {
      this.clear();
      this.#last = new Uint8ClampedArray(bytes);
    }
    await frame.copyTo(this.#last, whole);
    const isOpaque = frame.format === 'RGBX' || frame.format === 'BGRX';
    if (!isOpaque) flattenAlpha(this.#last, this.#alphaForm, 'white');
    return { width, height, data: this.#last };
  }

  clear(): void {
    this.#last.fill(0);
  }
}

/** Decodes later frames as this engine can: `codec` where it gives a script only the first. */
export type DecodeLaterFrames = (
  picture: { bytes: Uint8Array<ArrayBuffer>; type: StillType },
  onFrame: OnFrame,
) => Promise<Unseen | undefined>;

export async function chooseAnimationDecoder(): Promise<DecodeLaterFrames> {
  const traits = await traitsOfImageDecoder();
  if (!traits) return async () => 'codec';
  return (picture, onFrame) => decodeLaterFrames(picture, traits.alphaForm, onFrame);
}
