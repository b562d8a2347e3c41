/** `npm start -- --once`: starts the demo in a fresh folder, drives each example once, compares and reports. Flow: demo → drive → compare → report. */
import path from 'node:path';
import { type DemoOptions, startDemo } from '../demo.ts';
import { driveChat } from './drive-chat.ts';
import { driveGroupChat } from './drive-group-chat.ts';
import { type Expected, compare } from './expectations.ts';
import { reportLines } from './report.ts';

/** Copies of a listed photograph that its own hash does not find: the order's variants and the list's crops do. */
const COPIES = ['biplane-padded.jpg', 'harbour-cropped.jpg', 'biplane-screenshot.png'] as const;
/** An edited copy of a photograph on the locked list, which has no digests of files. */
const LOCKED_COPY = 'canyon-small.webp';
/**
 * An edited copy of a listed photograph, the listed file itself, an innocent photograph, an edited copy of the listed video, an innocent
 * video, an animation with a listed frame, and a damaged file.
 */
const FILES = [
  'harbour-small.webp',
  'harbour.jpg',
  'mountains.jpg',
  'lighthouse-small.mp4',
  'balloons.webm',
  'slides.webp',
  'damaged.jpg',
  ...COPIES,
  LOCKED_COPY,
] as const;
const EXPECTED: readonly Expected[] = [
  { file: 'harbour-small.webp', surface: 'send', outcome: 'match', action: 'block' },
  { file: 'harbour.jpg', surface: 'send', outcome: 'match', action: 'block' },
  { file: 'mountains.jpg', surface: 'send', outcome: 'clear', action: 'allow' },
  { file: 'mountains.jpg', surface: 'receive', outcome: 'clear', action: 'allow' },
  { file: 'lighthouse-small.mp4', surface: 'send', outcome: 'match', action: 'block' },
  { file: 'balloons.webm', surface: 'send', outcome: 'clear', action: 'allow' },
  { file: 'balloons.webm', surface: 'receive', outcome: 'clear', action: 'allow' },
  { file: 'slides.webp', surface: 'send', outcome: 'match', action: 'block' },
  { file: 'damaged.jpg', surface: 'send', outcome: 'unscannable', action: 'warn', reason: 'decode' },
  ...[...COPIES, LOCKED_COPY].map((file): Expected => ({ file, surface: 'send', outcome: 'match', action: 'block' })),
];

/** @returns the exit code: 0 only if the result is as expected */
export async function runSmokeTest(options: DemoOptions): Promise<number> {
  const { say } = options;
  const started = performance.now();
  const demo = await startDemo(options);
  const seconds = (): string => ((performance.now() - started) / 1_000).toFixed(1);
  say(`The demo is running (${seconds()} s). Driving both examples in a headless browser.`);
  try {
    const { chat, groupChat, endpoint, samples, receiver } = demo;
    const files = FILES.map((file) => path.join(samples.folder, file));
    const observed = await driveChat({ chat, files, signals: 1, say });
    const inGroup = groupChat ? await driveGroupChat({ groupChat, samples: samples.folder, say }) : [];
    const cases = await receiver.cases();
    const comparison = compare(observed, cases, { checks: EXPECTED, chat, endpoint });
    for (const line of reportLines(observed, comparison, cases)) say(line);
    for (const what of inGroup) say(`Difference: ${what}`);
    const found = COPIES.filter((file) => observed.checks.some((one) => one.file === file && one.outcome === 'match'));
    say(`Padded, cropped and screenshot copies of listed photographs: ${found.length} of ${COPIES.length} found`);
    const wrong = comparison.differences.length + inGroup.length;
    say(
      wrong === 0
        ? `All as expected: each request of the SDK is in a ledger; the edited copies were blocked without a signal; one signal of 256 bytes opened one case (${seconds()} s)`
        : `${wrong} ${wrong === 1 ? 'difference' : 'differences'} from what is expected (${seconds()} s)`,
    );
    return wrong === 0 ? 0 : 1;
  } finally {
    await demo.close();
  }
}
