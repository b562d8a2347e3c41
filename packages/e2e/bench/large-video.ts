/**
 * node --conditions=source packages/e2e/bench/large-video.ts [--gigabytes N]
 * Measures the memory that the check of a large video costs: the browser's processes together, before and during the check. Linux, with
 * ffmpeg. The video is 20 s of H.264 and a box of zeros, so all of it is hashed, and a small part is decoded.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { launchOptions } from '@lodestone/audit/browsers';
import { MEMORY_FILE } from '@lodestone/tools/engines/chosen';
import { ensureBrowser } from '@lodestone/tools/engines/install';
import { type Browser, chromium } from '@playwright/test';
import { answerOf } from '../test/fixture/engine-pages.ts';
import { servePages } from '../test/fixture/host-page.ts';

const { values } = parseArgs({ options: { gigabytes: { type: 'string', default: '2' } } });
const SAMPLE_MS = 50;

const folder = mkdtempSync(path.join(tmpdir(), 'lodestone-bench-'));
const file = largeVideo(path.join(folder, 'large.mp4'), Number(values.gigabytes) * 1e9);
const found = await ensureBrowser('chromium', { memoryFile: MEMORY_FILE, say: console.error });
const browser = await chromium.launch(launchOptions(found));
const pages = await servePages(['image', 'video']);
try {
  const page = await browser.newPage();
  await page.goto(pages.add({}));
  if ((await answerOf(() => page.title())).outcome !== 'match') throw new Error('the guard does not work');
  await page.evaluate(() => document.body.append(Object.assign(document.createElement('input'), { type: 'file' })));
  await page.setInputFiles('input', file);
  const before = await megabytes(browser);
  let peak = before;
  const timer = setInterval(() => void megabytes(browser).then((now) => (peak = Math.max(peak, now))), SAMPLE_MS);
  const started = performance.now();
  const outcomes = await page.evaluate(async () => {
    const [chosen] = document.querySelector('input')?.files ?? [];
    return chosen && self.checkMore(chosen, 1);
  });
  clearInterval(timer);
  const seconds = ((performance.now() - started) / 1_000).toFixed(0);
  const size = (statSync(file).size / 1e9).toFixed(1);
  console.log(`Chromium ${browser.version()}: ${size} GB, ${outcomes?.[0]} after ${seconds} s`);
  console.log(`memory: ${before} MB before, ${peak} MB at most during the check: +${peak - before} MB`);
} finally {
  await browser.close();
  pages.close();
  rmSync(folder, { recursive: true });
}

/** The box has a length of 64 bits; its zeros take no place on the disk. */
function largeVideo(name: string, bytes: number): string {
  const source = 'testsrc2=s=1280x720:r=25:d=20';
  const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, ...encoder, name]);
  const header = Buffer.alloc(16);
  header.writeUInt32BE(1, 0);
  header.write('free', 4);
  header.writeBigUInt64BE(BigInt(bytes), 8);
  const end = statSync(name).size + bytes;
  appendFileSync(name, header);
  truncateSync(name, end);
  return name;
}

/** Memory that is no copy of a file: of all processes of the browser. */
async function megabytes(of: Browser): Promise<number> {
  const session = await of.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const kilobytes = processInfo.map(({ id }) => {
    try {
      const status = readFileSync(`/proc/${id}/status`, 'utf8');
      return ['RssAnon', 'RssShmem'].reduce(
        (sum, name) => sum + Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]),
        0,
      );
    } catch {
      return 0; // it has ended
    }
  });
  return Math.round(kilobytes.reduce((sum, one) => sum + one, 0) / 1_024);
}
