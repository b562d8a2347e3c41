/** `npm start -- --once`: the demo in a fresh folder, driven once, judged, reported. Flow: demo → drive → judge → report. */
import path from 'node:path';
import { type DemoOptions, startDemo } from '../demo.ts';
import { drive } from './drive-chat.ts';
import { type Expected, judge } from './expectations.ts';
import { reportOf } from './report.ts';

/** A listed photograph, an innocent one, and a file that is no picture any more. */
const FILES = ['harbour.jpg', 'mountains.jpg', 'damaged.jpg'] as const;
const EXPECTED: readonly Expected[] = [
  { file: 'harbour.jpg', surface: 'send', outcome: 'match', action: 'block' },
  { file: 'mountains.jpg', surface: 'send', outcome: 'clear', action: 'allow' },
  { file: 'mountains.jpg', surface: 'receive', outcome: 'clear', action: 'allow' },
  { file: 'damaged.jpg', surface: 'send', outcome: 'unscannable', action: 'warn', reason: 'decode' },
];

/** @returns the exit code: 0 only if all was as it should be */
export async function runOnce(options: DemoOptions): Promise<number> {
  const { say } = options;
  const started = performance.now();
  const demo = await startDemo(options);
  const seconds = (): string => ((performance.now() - started) / 1_000).toFixed(1);
  say(`The demo is up (${seconds()} s). Driving the chat in a headless browser.`);
  try {
    const { chat, endpoint, photographs, receiver } = demo;
    const files = FILES.map((file) => path.join(photographs.folder, file));
    const observed = await drive({ chat, files, signals: 1, say });
    const cases = await receiver.cases();
    const judgement = judge(observed, cases, { ways: EXPECTED, chat, endpoint });
    for (const line of reportOf(observed, judgement, cases)) say(line);
    const wrong = judgement.differences.length;
    say(
      wrong === 0
        ? `All is as it should be: every request is in a ledger, and one signal of 192 bytes opened one case (${seconds()} s)`
        : `${wrong} ${wrong === 1 ? 'thing is' : 'things are'} not as it should be (${seconds()} s)`,
    );
    return wrong === 0 ? 0 : 1;
  } finally {
    await demo.close();
  }
}
