/**
 * A clip of a minute in 720p, 25 frames a second, as H.264 and as VP9: twelve slow pans over free photographs; and as H.264 between
 * the black bars of a letterbox. Needs ffmpeg.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { photographFile, PHOTOGRAPHS } from '@lodestone/testkit/photographs';

const SCENES = 12;
const SCENE_SECONDS = 5;
const FRAMES_PER_SECOND = 25;
const H264 = ['libx264', '-preset', 'veryfast', '-crf', '26'];
const CLIPS = {
  'h264.mp4': { encoder: H264, filters: '' },
  'vp9.webm': {
    encoder: ['libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-crf', '36', '-b:v', '0'],
    filters: '',
  },
  'letterbox.mp4': { encoder: H264, filters: ',crop=1280:544,pad=1280:720:0:88' },
} as const;

export async function minuteClips(): Promise<Record<string, Uint8Array>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lodestone-bench-'));
  const clips: Record<string, Uint8Array> = {};
  const scenes = Array.from({ length: SCENES }, (_, i) => i);
  const inputs = scenes.flatMap((i) => {
    const photograph = PHOTOGRAPHS[i % PHOTOGRAPHS.length] as (typeof PHOTOGRAPHS)[number];
    return [
      '-loop',
      '1',
      '-framerate',
      `${FRAMES_PER_SECOND}`,
      '-t',
      `${SCENE_SECONDS}`,
      '-i',
      photographFile(photograph),
    ];
  });
  const pans = scenes.map((i) => {
    const crop = `crop=1280:720:${(i * 97) % 500}+t*24:${(i * 61) % 400}`;
    return `[${i}:v]scale=2000:1500:force_original_aspect_ratio=increase,${crop},setsar=1,format=yuv420p[s${i}]`;
  });
  const joined = `${scenes.map((i) => `[s${i}]`).join('')}concat=n=${SCENES}`;
  try {
    for (const [name, { encoder, filters }] of Object.entries(CLIPS)) {
      const file = path.join(folder, name);
      const graph = ['-filter_complex', `${[...pans, joined].join(';')}${filters}[v]`, '-map', '[v]'];
      await promisify(execFile)('ffmpeg', ['-v', 'error', '-nostdin', ...inputs, ...graph, '-c:v', ...encoder, file]);
      clips[name] = new Uint8Array(await readFile(file));
    }
    return clips;
  } finally {
    await rm(folder, { recursive: true });
  }
}
