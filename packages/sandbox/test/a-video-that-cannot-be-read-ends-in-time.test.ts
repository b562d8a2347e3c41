/** The video part gives up a file whose read never ends when the time is over, and one whose read fails at once. Spec: docs/design/sandbox.md#video */
import { expect, test } from 'vitest';
import videoPart from '../src/parts/video/main.ts';

const sizeBytes = 100_000_000;
const progress = (): void => undefined;
const hangs = (): Promise<never> => new Promise(() => undefined);
const fails = (): Promise<never> => Promise.reject(new Error('the content ended early'));
const never = hangs();

const frames = { task: 'frames', look: async () => true, isDecided: () => false, maxFrames: 9 } as const;
const digest = { task: 'digest' } as const;

test.for([frames, digest])('its $task', async (task) => {
  const file = { sizeBytes, progress, ...task };
  expect(await videoPart.run(undefined, { ...file, read: hangs, timeOver: Promise.resolve() })).toBe('too-long');
  expect(await videoPart.run(undefined, { ...file, read: fails, timeOver: never })).toBe('decode');
});
