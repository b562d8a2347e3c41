/** Import of videos: a frame a second becomes one vPDQ row; without ffmpeg a video is refused with the reason. */
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { importList, type ImportReport } from '@lodestone/authority';
import { loadPdq, toHex, withoutRepeats } from '@lodestone/pdq';
import { sha256Hex } from '@lodestone/trust';
import { newAuthority, NOW, readRecord, temporaryFolder } from './support/authority-folder.ts';

const hasFfmpeg = ((): boolean => {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

function ffmpeg(...options: string[]): void {
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...options]);
}

async function imported(
  source: string,
  exact = false,
): Promise<{ report: ImportReport; rows: Record<string, unknown>[] }> {
  const { directory } = await newAuthority('lists');
  const options = { directory, list: 'demo', source, purpose: 'verified', by: 'tester', now: NOW, exact } as const;
  const report = await importList(options);
  const lines = (await readRecord(directory)).trim().split('\n');
  return { report, rows: lines.slice(1).map((line) => JSON.parse(line) as Record<string, unknown>) };
}

afterEach(() => vi.unstubAllEnvs());

describe.skipIf(!hasFfmpeg)('with ffmpeg', { tags: '@all' }, () => {
  test('the distinct frames of a video, four a second, and its SHA-256 are rows of one entry', async () => {
    const source = await temporaryFolder();
    const clip = path.join(source, 'clip.mp4');
    ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=320x240:d=3:r=10', '-pix_fmt', 'yuv420p', clip);
    const frames = path.join(await temporaryFolder(), '%d.png');
    ffmpeg('-i', clip, '-vf', 'fps=4', frames);
    const pdq = await loadPdq();
    const expected = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        const raw = await sharp(frames.replace('%d', `${i + 1}`))
          .removeAlpha()
          .raw()
          .toBuffer();
        return pdq.hash({ data: new Uint8Array(raw), width: 320, height: 240, channels: 3 }).hash;
      }),
    );

    const { report, rows } = await imported(source, true);
    const entry = report.added[0]?.entry;
    expect(report.added).toMatchObject([{ source: 'clip.mp4', types: ['vpdq', 'sha256'] }]);
    expect(rows).toMatchObject([
      { type: 'vpdq', entry, payload: withoutRepeats(expected).map(toHex).join('') },
      { type: 'sha256', entry, payload: sha256Hex(await readFile(clip)) },
    ]);
  });

  test('a video without features, and a file that is no video, are refused with the reason', async () => {
    const source = await temporaryFolder();
    ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=320x240:d=2:r=5', '-pix_fmt', 'yuv420p', path.join(source, 'good.webm'));
    ffmpeg('-f', 'lavfi', '-i', 'color=gray:s=320x240:d=2:r=5', '-pix_fmt', 'yuv420p', path.join(source, 'grey.mkv'));
    await writeFile(path.join(source, 'text.mov'), 'not a video');
    const { report } = await imported(source);
    expect(report.added).toMatchObject([{ source: 'good.webm' }]);
    expect(report.refused).toMatchObject([
      { source: 'grey.mkv', why: expect.stringContaining('no frame of quality 50') },
      { source: 'text.mov', why: expect.stringContaining('ffmpeg cannot read the video') },
    ]);
  });
});

test('without ffmpeg a video is refused, and the reason names the program', async () => {
  vi.stubEnv('PATH', await temporaryFolder());
  const source = await temporaryFolder();
  await writeFile(path.join(source, 'clip.mp4'), 'any bytes');
  await writeFile(path.join(source, 'sub.mp4'), 'other bytes');
  await expect(imported(source)).rejects.toThrow(/install it \(Debian: apt-get install ffmpeg\)/);
});
