/**
 * Looks at one video track: first its key frames over the whole length, for a first answer; then what lies between them. A key frame is
 * decoded at most twice, every other packet at most once. Flow: main → here → decoder. Spec: docs/design/hashing.md#video
 */
import { type EncodedPacket, EncodedPacketSink, type InputVideoTrack } from 'mediabunny';
import { FrameDecoder } from './decoder.ts';
import { isDisposable } from './disposable.ts';
import type { VideoInput, VideoResult } from './input.ts';
import { areSpread, chooseKeys, type FramePurpose, hasGap, INTERVAL, Timeline } from './samples.ts';

/** The share of the progress bar for key frames. */
const KEYS = 0.3;

/** @throws if a packet cannot be read or decoded, and `TimeOver` */
export async function lookAtTrack(track: InputVideoTrack, input: VideoInput): Promise<VideoResult> {
  const found = await track.getDecoderConfig();
  if (!found || !('VideoDecoder' in globalThis)) return 'codec';
  // A graphics card's decoder is a driver that content would reach, and its speed identifies the device.
  const config: VideoDecoderConfig = { ...found, hardwareAcceleration: 'prefer-software' };
  const support = await VideoDecoder.isConfigSupported(config).catch(() => undefined);
  if (!support?.supported) return 'codec';
  const rotation = await track.getRotation();
  const counts = new Counts(input.maxFrames);
  const look = async (frame: VideoFrame, purpose: FramePurpose): Promise<void> => {
    const isLookedUp = await input.look({ frame, purpose, rotation });
    if (isLookedUp && purpose === 'glance') counts.scenes += 1;
  };
  const decoder = new FrameDecoder(config, look, input.timeOver);
  try {
    const sink = new EncodedPacketSink(track);
    const keys = await keyTimes(sink, input);
    await lookAtKeys(sink, keys, decoder, input);
    const told = (await track.getDurationFromMetadata()) ?? 0;
    if (await input.isDecided(areSpread(keys, told))) return 'whole';
    const isSkipped = skipped(config);
    const { result, last } = await lookBetween(sink, keys, isSkipped, decoder, counts, input);
    // A file that is cut plays to where it is cut, and its header still tells its whole length.
    return result === 'whole' && told - last > 2 * INTERVAL ? 'decode' : result;
  } finally {
    await decoder.close();
  }
}

/** The times of the key frames that are looked up, at most as many as frames are allowed. */
async function keyTimes(sink: EncodedPacketSink, { maxFrames }: VideoInput): Promise<number[]> {
  const times: number[] = [];
  const options = { metadataOnly: true };
  for (
    let packet = await sink.getFirstKeyPacket(options);
    packet;
    packet = await sink.getNextKeyPacket(packet, options)
  ) {
    times.push(packet.timestamp);
  }
  const chosen = chooseKeys(times).map((i) => times[i] as number);
  const every = Math.ceil(chosen.length / maxFrames);
  return chosen.filter((_, i) => i % every === 0);
}

async function lookAtKeys(
  sink: EncodedPacketSink,
  keys: readonly number[],
  decoder: FrameDecoder,
  { progress }: VideoInput,
): Promise<void> {
  decoder.sample(() => 'key');
  for (const [i, time] of keys.entries()) {
    const packet = await sink.getKeyPacket(time);
    if (packet) await decoder.feed(packet);
    progress((KEYS * (i + 1)) / keys.length);
  }
  await decoder.flush();
}

/** Frames that follow each other more slowly are all decoded, so that no second goes without one. In seconds. */
const LONGEST_SKIPPED = 0.15;

function skipped({ codec, description }: VideoDecoderConfig): (packet: EncodedPacket) => boolean {
  if (!/^avc[13]\./.test(codec) || !description) return () => false;
  const record = ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description);
  return ({ data, duration }) => duration <= LONGEST_SKIPPED && isDisposable(data, record);
}

/** Frames that were looked up, of those that are allowed. */
class Counts {
  readonly #max: number;
  /** Key frames, and those that are looked up once a second. */
  regular = 0;
  /** Frames between them that show another scene. */
  scenes = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get areFull(): boolean {
    return Math.max(this.regular, this.scenes) >= this.#max;
  }
}

/** @returns also the time of the last frame in the file */
async function lookBetween(
  sink: EncodedPacketSink,
  keys: readonly number[],
  isSkipped: (packet: EncodedPacket) => boolean,
  decoder: FrameDecoder,
  counts: Counts,
  { progress }: VideoInput,
): Promise<{ result: VideoResult; last: number }> {
  let last = keys[0] ?? 0;
  counts.regular = keys.length;
  const timeline = new Timeline();
  decoder.sample((time) => {
    const purpose = counts.areFull ? undefined : timeline.purposeOf(time);
    if (purpose === 'sample') counts.regular += 1;
    return purpose;
  });
  for (const [i, start] of keys.entries()) {
    const end = keys[i + 1] ?? Infinity;
    if (!hasGap(start, end)) continue;
    const sampler = timeline.add(start, end);
    let packet: EncodedPacket | null = await sink.getKeyPacket(start);
    while (packet && !sampler.isDone && packet.timestamp < end) {
      if (counts.areFull) return { result: 'too-long', last };
      if (!isSkipped(packet)) await decoder.feed(packet);
      last = Math.max(last, packet.timestamp + packet.duration);
      packet = await sink.getNextPacket(packet);
    }
    progress(KEYS + ((1 - KEYS) * (i + 1)) / keys.length);
  }
  await decoder.flush();
  return { result: counts.areFull ? 'too-long' : 'whole', last };
}
