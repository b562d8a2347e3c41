/**
 * Looks at one video track: first its key frames over the whole length, for a first answer; then what lies between them. A key frame is
 * decoded at most twice, every other packet at most once. Flow: main → here → decoder. Spec: docs/design/hashing.md#video
 */
import { type EncodedPacket, EncodedPacketSink, type InputVideoTrack } from 'mediabunny';
import { FrameDecoder } from './decoder.ts';
import { isDisposable } from './disposable.ts';
import type { VideoInput, VideoResult } from './input.ts';
import { chooseKeys, GapSampler, hasGap, INTERVAL } from './samples.ts';

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
  const decoder = new FrameDecoder(config, (frame) => input.look({ frame, rotation }), input.timeOver);
  try {
    const sink = new EncodedPacketSink(track);
    const keys = await keyTimes(sink, input);
    await lookAtKeys(sink, keys, decoder, input);
    if (input.isDecided()) return 'whole'; // nothing further could be found
    const isSkipped = skipped(config);
    const { result, last } = await lookBetween(sink, keys, isSkipped, decoder, input);
    // A file that is cut plays to where it is cut, and its header still tells its whole length.
    const told = (await track.getDurationFromMetadata()) ?? 0;
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
  decoder.sample(() => true);
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

/** @returns also the time of the last frame in the file */
async function lookBetween(
  sink: EncodedPacketSink,
  keys: readonly number[],
  isSkipped: (packet: EncodedPacket) => boolean,
  decoder: FrameDecoder,
  { progress, maxFrames }: VideoInput,
): Promise<{ result: VideoResult; last: number }> {
  let last = keys[0] ?? 0;
  for (const [i, start] of keys.entries()) {
    const end = keys[i + 1] ?? Infinity;
    if (!hasGap(start, end)) continue;
    if (decoder.taken >= maxFrames) return { result: 'too-long', last };
    const sampler = new GapSampler(start, end);
    decoder.sample((time) => decoder.taken < maxFrames && sampler.takes(time));
    let packet: EncodedPacket | null = await sink.getKeyPacket(start);
    while (packet && !sampler.isDone && packet.timestamp < end) {
      if (!isSkipped(packet)) await decoder.feed(packet);
      last = Math.max(last, packet.timestamp + packet.duration);
      packet = await sink.getNextPacket(packet);
    }
    if (sampler.isDone) await decoder.reset();
    else await decoder.flush();
    progress(KEYS + ((1 - KEYS) * (i + 1)) / keys.length);
  }
  return { result: decoder.taken >= maxFrames ? 'too-long' : 'whole', last };
}
