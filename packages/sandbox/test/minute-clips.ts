/** A clip of a minute in 720p, 25 frames a second, as H.264 and as VP9: twelve slow pans over free photographs. Needs ffmpeg. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { photographFile, PHOTOGRAPHS } from '@lodestone/testkit/photographs';

const SCENES = 12;
const SCENE_SECONDS = 5;
const FRAMES_PER_SECOND = 25;
const ENCODERS = {
  'h264.mp4': ['libx264', '-preset', 'veryfast', '-crf', '26'],
  'vp9.webm': ['libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-crf', '36', '-b:v', '0'],
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
  const joined = `${scenes.map((i) => `[s${i}]`).join('')}concat=n=${SCENES}[v]`;
  const graph = ['-filter_complex', [...pans, joined].join(';'), '-map', '[v]'];
  try {
    for (const [name, encoder] of Object.entries(ENCODERS)) {
      const file = path.join(folder, name);
      await promisify(execFile)('ffmpeg', ['-v', 'error', '-nostdin', ...inputs, ...graph, '-c:v', ...encoder, file]);
      clips[name] = new Uint8Array(await readFile(file));
    }
    return clips;
  } finally {
    await rm(folder, { recursive: true });
  }
}
