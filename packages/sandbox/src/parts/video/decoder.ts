/**
 * Feeds packets to a WebCodecs `VideoDecoder`, and hands on the frames that a sampler takes. Flow: track → here → look.
 * Promise: at most a few packets and frames are in memory; every frame is closed; a decoder that stops answering ends with the time.
 * Spec: docs/design/hashing.md#video
 */
import type { EncodedPacket } from 'mediabunny';
import { PartError } from '../part.ts';
import type { FramePurpose } from './samples.ts';

/** Packets that wait in the decoder. */
const QUEUE = 8;
/** Frames that wait to be hashed. Some decoders stop when a few frames are not closed. */
const FRAMES = 2;

type Look = (frame: VideoFrame, purpose: FramePurpose) => Promise<void>;
/** Undefined if the frame is not needed. */
type PurposeOf = (seconds: number) => FramePurpose | undefined;

export class FrameDecoder {
  readonly #decoder: VideoDecoder;
  readonly #ended: Promise<never>;
  readonly #look: Look;
  #purposeOf: PurposeOf = () => undefined;
  #looking: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(config: VideoDecoderConfig, look: Look, timeOver: Promise<void>) {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined); // it is awaited in races
    void timeOver.then(() => reject(new TimeOver()));
    this.#ended = promise;
    this.#look = look;
    this.#decoder = new VideoDecoder({ output: (frame) => this.#receive(frame), error: reject });
    this.#decoder.configure(config);
  }

  /** Decides which of the frames that come next are handed on. */
  sample(purposeOf: PurposeOf): void {
    this.#purposeOf = purposeOf;
  }

  async feed(packet: EncodedPacket): Promise<void> {
    while (this.#decoder.decodeQueueSize >= QUEUE) {
      await this.#inTime(
        new Promise((done) => this.#decoder.addEventListener('dequeue', () => done(undefined), { once: true })),
      );
    }
    if (this.#waiting >= FRAMES) await this.#inTime(this.#looking);
    this.#decoder.decode(packet.toEncodedVideoChunk());
  }

  /** Resolves when all frames that were fed have been looked at. */
  async flush(): Promise<void> {
    await this.#inTime(this.#decoder.flush());
    await this.#inTime(this.#looking);
  }

  async close(): Promise<void> {
    if (this.#decoder.state !== 'closed') this.#decoder.close();
    await this.#looking.catch(() => undefined);
  }

  #receive(frame: VideoFrame): void {
    const purpose = this.#purposeOf(frame.timestamp / 1e6);
    if (!purpose) return frame.close();
    this.#waiting += 1;
    this.#looking = this.#looking
      .then(() => this.#look(frame, purpose))
      .finally(() => {
        this.#waiting -= 1;
        frame.close();
      });
    this.#looking.catch(() => undefined); // it is awaited in the next feed or flush
  }

  #inTime<Value>(value: Promise<Value>): Promise<Value> {
    return Promise.race([value, this.#ended]);
  }
}

/** The time for this video is over. */
export class TimeOver extends PartError {
  constructor() {
    super('ended');
  }
}
