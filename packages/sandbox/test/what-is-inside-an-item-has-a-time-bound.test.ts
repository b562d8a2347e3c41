/** The pictures of an archive are looked up for a stated time; then the check ends with what was found, before the guard ends the sandbox. */
import { SCAN_LIMITS } from '@lodestone/protocol/limits';
import { expect, test, vi } from 'vitest';
import { zipOf } from './containers.ts';
import { encodePng } from './encode.ts';
import { drawPicture } from './picture.ts';
import { type Bytes, listed, pixelsOf, scanWithStubs } from './scan-with-stubs.ts';

const others = await Promise.all([2, 3, 4, 5].map((seed) => encodePng(drawPicture(32, 24, seed))));
const member = await encodePng(listed);

// Before the scanner is imported: it keeps the timers of its scope.
vi.hoisted(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));

/** @param msEach what the engine takes for each picture */
async function scanned(pictures: readonly Bytes[], msEach: number): Promise<{ verdict: unknown; decoded: number }> {
  let decoded = 0;
  const archive = await zipOf(...pictures.map((bytes) => ({ bytes })));
  const verdict = await scanWithStubs(archive, {
    bucket: 0,
    looksOf: ({ length }) => {
      vi.advanceTimersByTime(msEach);
      decoded++;
      return { pixels: pixelsOf(length === member.length ? listed : drawPicture(32, 24, 9)) };
    },
  });
  return { verdict, decoded };
}

const findings = [{ kind: 'known', list: 0, entry: 7, match: 'part', distance: 0 }];

test('within the time, every picture is looked up', async () => {
  const { verdict, decoded } = await scanned([member, ...others], SCAN_LIMITS.containerMs / 8);
  expect(verdict).toEqual({ media: 'file', complete: true, findings });
  expect(decoded).toBe(5);
  expect(vi.getTimerCount()).toBe(0);
});

test('after it, the rest is too long, and what was found stays', async () => {
  const { verdict, decoded } = await scanned([member, ...others], SCAN_LIMITS.containerMs / 2 + 1_000);
  expect(verdict).toEqual({ media: 'file', complete: false, reason: 'too-long', findings });
  expect(decoded).toBe(2);
});
