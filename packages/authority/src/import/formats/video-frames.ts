/**
 * Hashes a video's frames, four a second, so that each frame that a device looks at is near one. The frames come from ffmpeg, a program of the system, as a stream of PPM
 * pictures: turned as the container says, in sRGB. Flow: picture-folder → here. Spec: docs/design/authority.md#import
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { LISTED_FRAMES_PER_SECOND, type Pdq, withoutRepeats } from '@lodestone/pdq';
import { concatBytes } from '@lodestone/protocol/bytes';
import { LIMITS } from '@lodestone/protocol/limits';
import { importError } from '../format.ts';
import { hashProblem, MIN_QUALITY, qualityProblem } from '../hash-quality.ts';
import type { Row } from '../import-record.ts';

/** Containers that devices read. Only the ending counts: a file with another one is read as a picture. */
export function isVideo(file: string): boolean {
  return /\.(?:mp4|m4v|mov|webm|mkv)$/i.test(file);
}

/** @throws {LodestoneError} `ERR_IMPORT` if ffmpeg is not installed, or the video does not decode or cannot be listed */
export async function hashVideo(pdq: Pdq, file: string): Promise<Row> {
  const hashes = new Map<string, Uint8Array<ArrayBuffer>>();
  const mostSeconds = LIMITS.videoFrames;
  let frames = 0;
  for await (const picture of framesOf(file)) {
    frames += 1;
    if (frames > mostSeconds * LISTED_FRAMES_PER_SECOND) throw importError(`the video is longer than ${mostSeconds} s`);
    const { hash, quality } = pdq.hash({ ...picture, channels: 3 });
    const problem = qualityProblem(quality) ?? hashProblem(hash);
    if (problem === undefined) hashes.set(Buffer.from(hash).toString('latin1'), hash);
  }
  if (hashes.size === 0) throw importError(`no frame of quality ${MIN_QUALITY} or more`);
  return { type: 'vpdq', payload: concatBytes(...withoutRepeats([...hashes.values()])) };
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

async function* framesOf(file: string): AsyncGenerator<Frame> {
  // `file:` and the list of protocols keep a playlist, or a name with a colon, from reading anything else.
  const input = ['-v', 'error', '-nostdin', '-protocol_whitelist', 'file', '-i', `file:${file}`];
  const output = ['-map', '0:v:0', '-vf', `fps=${LISTED_FRAMES_PER_SECOND}`, '-f', 'image2pipe', '-c:v', 'ppm', '-'];
  const ffmpeg = spawn('ffmpeg', [...input, ...output], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  ffmpeg.stderr.on('data', (text: Buffer) => (complaint = `${complaint}${text.toString()}`.slice(0, 500)));
  const ended = once(ffmpeg, 'close').then(
    ([code]) => (code === 0 ? undefined : importError(`ffmpeg cannot read the video: ${complaint.trim()}`)),
    (cause: unknown) =>
      importError(
        'videos are read by the program ffmpeg, which did not start; install it (Debian: apt-get install ffmpeg), or import hashes as CSV',
        { cause },
      ),
  );
  try {
    yield* picturesIn(ffmpeg.stdout);
    const error = await ended;
    if (error) throw error;
  } finally {
    ffmpeg.kill();
    await ended;
  }
}

/** Netpbm's P6 with 255 as its greatest value: three numbers in text, then RGB. */
async function* picturesIn(stream: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let waiting = Buffer.alloc(0);
  for await (const piece of stream) {
    waiting = Buffer.concat([waiting, piece]);
    for (let frame = firstPicture(waiting); frame; frame = firstPicture(waiting)) {
      yield frame;
      waiting = waiting.subarray(frame.end);
    }
  }
}

function firstPicture(bytes: Buffer): (Frame & { end: number }) | undefined {
  const [header, columns, rows] = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(bytes.toString('latin1', 0, 40)) ?? [];
  if (header === undefined) return undefined;
  const [width, height] = [Number(columns), Number(rows)];
  const end = header.length + width * height * 3;
  if (bytes.length < end) return undefined;
  return { width, height, data: new Uint8Array(bytes.subarray(header.length, end)), end };
}
