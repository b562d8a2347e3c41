/**
 * The video part, a module in the scanner's worker: mediabunny reads MP4, MOV, WebM and Matroska, WebCodecs decodes, and the scanner
 * hashes the frames; of a large file it computes the SHA-256. Flow: scanner → here → track. Promise: it never throws, and reads the file in pieces. Spec: docs/design/sandbox.md#video
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { CustomSource, Input, Logging, LogLevel, MATROSKA, MP4, QTFF, WEBM } from 'mediabunny';
import type { PartMethods } from '../part.ts';
import { TimeOver } from './decoder.ts';
import type { DigestInput, Unseen, VideoInput, VideoResult } from './input.ts';
import { lookAtTrack } from './track.ts';

/** Bytes of the file that mediabunny keeps. */
const CACHE_BYTES = 8_388_608;

const methods: PartMethods<never, VideoInput | DigestInput> = {
  start() {
    Logging.level = LogLevel.Silent; // this worker has no console
  },
  load() {},
  run: (_digest, input) => (input.task === 'digest' ? digestOf(input) : lookAtVideo(input)),
};
export default methods;

/** The file's bytes. @throws `TimeOver` if the host does not answer in time */
function readerOf({ read, timeOver }: VideoInput | DigestInput): VideoInput['read'] {
  const late = timeOver.then(() => {
    throw new TimeOver();
  });
  late.catch(() => undefined); // it is awaited in races
  return (start, end) => Promise.race([read(start, end), late]);
}

function reasonOf(error: unknown): Unseen {
  return error instanceof TimeOver ? 'too-long' : 'decode';
}

/** Bytes that are read at a time. */
const SLICE_BYTES = 1_048_576;

/** WebCrypto's SHA-256 needs the whole file in memory. */
async function digestOf(file: DigestInput): Promise<Uint8Array | VideoResult> {
  const { sizeBytes, progress } = file;
  const read = readerOf(file);
  const hash = sha256.create();
  try {
    for (let at = 0; at < sizeBytes; at += SLICE_BYTES) {
      const slice = await read(at, Math.min(at + SLICE_BYTES, sizeBytes));
      hash.update(slice);
      slice.fill(0);
      progress(Math.min(1, (at + SLICE_BYTES) / sizeBytes));
    }
    return hash.digest();
  } catch (error) {
    return reasonOf(error);
  }
}

async function lookAtVideo(video: VideoInput): Promise<VideoResult> {
  const source = new CustomSource({
    getSize: () => video.sizeBytes,
    read: readerOf(video),
    maxCacheSize: CACHE_BYTES,
    prefetchProfile: 'fileSystem',
    handleUnhandledError: () => undefined,
  });
  const input = new Input({ source, formats: [MP4, QTFF, WEBM, MATROSKA] });
  try {
    if (!(await input.canRead())) return 'format';
    for (const track of await input.getVideoTracks()) {
      const result = await lookAtTrack(track, video);
      if (result !== 'whole') return result;
    }
    return 'whole'; // also a file with sound alone
  } catch (error) {
    return reasonOf(error);
  } finally {
    input.dispose();
  }
}
