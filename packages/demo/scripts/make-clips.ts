/**
 * Writes the clips in `clips/` from the drawn scenes, and an edited copy of the listed one. It needs ffmpeg (Debian's package), which
 * `npm start` does not, so the clips are committed. Run it manually: `node --conditions=source packages/demo/scripts/make-clips.ts`.
 */
import { execFileSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { drawFrame, FRAME, SCENE_SECONDS, type SceneName } from '../src/scenes.ts';

const FRAMES_PER_SECOND = 15;
/** VP9, which every engine that has WebCodecs decodes without a decoder of the system. */
const VP9 = ['-c:v', 'libvpx-vp9', '-b:v', '0', '-cpu-used', '1', '-pix_fmt', 'yuv420p', '-threads', '1'];
const FIXED = ['-an', '-map_metadata', '-1', '-fflags', '+bitexact', '-flags', '+bitexact'];
const out = (name: string): string => path.join(import.meta.dirname, '../clips', name);

async function rawFrames(scene: SceneName): Promise<Buffer> {
  const frames: Buffer[] = [];
  for (let i = 0; i < FRAMES_PER_SECOND * SCENE_SECONDS; i++) {
    const picture = sharp(Buffer.from(drawFrame(scene, i / FRAMES_PER_SECOND))).flatten();
    frames.push(await picture.removeAlpha().raw().toBuffer());
  }
  return Buffer.concat(frames);
}

async function ffmpeg(
  name: string,
  from: readonly string[],
  options: readonly string[],
  input?: Buffer,
): Promise<void> {
  execFileSync('ffmpeg', ['-y', '-v', 'error', ...from, ...options, ...VP9, ...FIXED, out(name)], input && { input });
  console.log(`${name}: ${(await stat(out(name))).size} bytes`);
}

const raw = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${FRAME.width}x${FRAME.height}`];
for (const scene of ['lighthouse', 'balloons'] as const) {
  const from = [...raw, '-r', `${FRAMES_PER_SECOND}`, '-i', '-'];
  await ffmpeg(`${scene}.webm`, from, ['-crf', '44'], await rawFrames(scene));
}
await ffmpeg('lighthouse-small.mp4', ['-i', out('lighthouse.webm')], ['-vf', 'scale=240:-2', '-crf', '50']);
