/** What the scanner hands the video part for each video, and what it gets back. Both are in one worker, so functions can be passed. Spec: docs/design/sandbox.md#video */
import type { IncompleteReason } from '@lodestone/protocol/verdict';
import type { FramePurpose } from './samples.ts';

/** The scanner reads a frame's pixels; the part closes it afterwards. */
export interface SampledFrame {
  readonly frame: VideoFrame;
  readonly purpose: FramePurpose;
  /** Clockwise, as the container says that the frame is shown. */
  readonly rotation: number;
}

interface VideoFile {
  readonly sizeBytes: number;
  /** The bytes from `start` to before `end`. Rejects if the host cannot read them; never settles if the host does not answer. */
  read(start: number, end: number): Promise<Uint8Array>;
  /** @param fraction from 0 to 1 */
  progress(fraction: number): void;
  /** Resolves when the time for this video is over. */
  readonly timeOver: Promise<void>;
}

/** The SHA-256 of the whole file, which is read once from its beginning to its end. */
export interface DigestInput extends VideoFile {
  readonly task: 'digest';
}

export interface VideoInput extends VideoFile {
  readonly task: 'frames';
  /** Resolves when the frame's pixels are no longer needed, with whether it was looked up. */
  look(sampled: SampledFrame): Promise<boolean>;
  /**
   * Whether every list has a finding, so that the rest need not be looked at.
   * @param areSpread whether the frames so far stand for the whole video
   */
  isDecided(areSpread: boolean): boolean | Promise<boolean>;
  /** Frames that may be looked up; and as many again that show another scene. */
  readonly maxFrames: number;
}

/** Why not everything was looked at. */
export type Unseen = Extract<IncompleteReason, 'format' | 'decode' | 'codec' | 'too-long'>;
export const UNSEEN: readonly Unseen[] = ['format', 'decode', 'codec', 'too-long'];
export type VideoResult = 'whole' | Unseen;
