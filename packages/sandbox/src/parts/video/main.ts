/**
 * The video part, a module in the scanner's worker: mediabunny reads MP4, MOV, WebM and Matroska, WebCodecs decodes, and the scanner
 * hashes the frames. Flow: scanner → here → track. Promise: it never throws, and reads the file in pieces. Spec: docs/design/sandbox.md#video
 */
import { CustomSource, Input, Logging, LogLevel, MATROSKA, MP4, QTFF, WEBM } from 'mediabunny';
import type { PartMethods } from '../part.ts';
import { TimeOver } from './decoder.ts';
import type { VideoInput, VideoResult } from './input.ts';
import { lookAtTrack } from './track.ts';

/** Bytes of the file that mediabunny keeps. */
const CACHE_BYTES = 8_388_608;

const methods: PartMethods<never, VideoInput> = {
  start() {
    Logging.level = LogLevel.Silent; // this worker has no console
  },
  load() {},
  run: (_digest, input) => lookAtVideo(input),
};
export default methods;

async function lookAtVideo(video: VideoInput): Promise<VideoResult> {
  const source = new CustomSource({
    getSize: () => video.sizeBytes,
    read: (start, end) => video.read(start, end),
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
    return error instanceof TimeOver ? 'too-long' : 'decode';
  } finally {
    input.dispose();
  }
}
