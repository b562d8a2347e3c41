/** Runs real captures in Chromium of a page that sends copies of the attached pictures. Skipped without Chromium. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PhotographName } from '@lodestone/testkit/photographs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBrowser } from '../src/browsers/index.ts';
import { auditCapture, type CaptureFacts } from '../src/commands/capture/run.ts';
import type { ClaimStatus, Report } from '../src/report/report.ts';
import { encodedAnew, leakingPage, type LeakingPage, serveLeakingPage, WAYS } from './fixture/leaking-page.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'lodestone-copies-'));
const memoryFile = path.join(folder, 'browsers.json');
const { found: chromium } = await findBrowser('chromium', memoryFile);
const corpus = path.join(folder, 'corpus');
const PICTURES: readonly PhotographName[] = ['nagasaki-boats', 'locomotion-house-cat'];
let page: LeakingPage | undefined;

beforeAll(async () => {
  mkdirSync(corpus);
  if (chromium?.driver !== 'playwright') return;
  // Encoded anew, so that all have the standard tables, and none has metadata that photographs of one archive share.
  const [unrelated, ...pictures] = await encodedAnew(chromium, ['french-alpine-landscape', ...PICTURES]);
  for (const [i, bytes] of pictures.entries()) writeFileSync(path.join(corpus, `${PICTURES[i]}.jpg`), bytes);
  page = await serveLeakingPage(unrelated ?? Buffer.alloc(0));
});
afterAll(async () => {
  await page?.close();
  rmSync(folder, { recursive: true, force: true });
});

function capture(...ways: string[]): Promise<Report<CaptureFacts>> {
  const url = page?.url(...ways) ?? '';
  return auditCapture({ engine: 'chromium', url, corpus, adapter: leakingPage, waitAfterMs: 500, memoryFile });
}

function statusOf({ claims }: Report, id: string): ClaimStatus | undefined {
  return claims.find((claim) => claim.id === id)?.status;
}

/** "WAY: PICTURE" for each hit of the report. */
function copiesIn({ facts }: Report<CaptureFacts>): string[] {
  return facts.hits.map(({ sent, description }) => {
    const way = new URL(/https?:\S+/.exec(facts.traffic[sent]?.what ?? '')?.[0] ?? '').pathname.slice(1);
    return `${way}: ${/a copy of ([\w-]+)/.exec(description)?.[1]}`;
  });
}

const everyPicture = (ways: readonly string[]): Set<string> =>
  new Set(ways.flatMap((way) => PICTURES.map((name) => `${way}: ${name}`)));

const UNSEEN = [
  'xored-plane',
  'encrypted-webp',
  'pieces-to-several-addresses',
  'one-bit-plane',
  'differences-of-neighbours',
  'corner-crop',
  'average-hash',
];
const INNOCENT = ['clean', 'unrelated-jpeg', 'unrelated-same-encoder'];
const SEEN = Object.keys(WAYS).filter((way) => !UNSEEN.includes(way) && !INNOCENT.includes(way));
/** Hits of these two are counted one by one. */
const FEW = ['grey-128', 'webp-preview'];
const OPTIONS = { tags: '@long', timeout: 600_000 };

describe.skipIf(!chromium)('in Chromium', () => {
  test('copies of each picture are found, and an unrelated JPEG next to them is not', OPTIONS, async () => {
    const report = await capture(...SEEN, 'unrelated-jpeg');
    expect(statusOf(report, 'no-picture-in-traffic')).toBe('fail');
    const copies = copiesIn(report);
    expect(new Set(copies)).toEqual(everyPicture(SEEN));
    expect(copies.filter((copy) => FEW.some((way) => copy.startsWith(`${way}: `)))).toHaveLength(4);
    expect(new Set(report.facts.hits.map(({ what }) => what))).toEqual(new Set(['picture']));
    // Re-encoded copies share no 16 bytes with the file, and an unrelated JPEG shares only standard tables.
    expect(statusOf(report, 'no-content-in-traffic')).toBe('pass');
  });

  test(
    'no picture is found in what is innocent, and in what a report says that it does not recognise',
    OPTIONS,
    async () => {
      const report = await capture(...UNSEEN, ...INNOCENT);
      expect(statusOf(report, 'no-picture-in-traffic')).toBe('pass');
      expect(statusOf(report, 'no-content-in-traffic')).toBe('pass');
      expect(report.facts.hits).toEqual([]);
      const said = report.limits.join(' ');
      for (const limit of [
        'encrypted or scrambled',
        'several addresses',
        'one bit',
        'differences of neighbours',
        'crop',
        'perceptual hash',
      ])
        expect(said).toContain(limit);
    },
  );
});
