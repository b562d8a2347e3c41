/** A check under orders that name what is not there: only the sandbox knows of what kind content is, so only it is asked. */
import { type Digest, type ScanPlan, type Verdict } from '@lodestone/protocol';
import { expect, test } from 'vitest';
import { createChecker } from '../src/check.ts';
import { createQueue } from '../src/content/queue.ts';
import type { Inputs } from '../src/inputs.ts';
import type { Check } from '../src/policy.ts';
import { anOrder, known, sensitive } from './world.ts';

const NOW = Date.UTC(2026, 10, 24);
const nothing = (media: 'image' | 'video' | 'file'): Verdict => ({ media, findings: [], complete: true });

/** What the host is told of content in which the sandbox finds nothing, and the plan that the sandbox was given, if it was asked. */
async function checked(
  order: Parameters<typeof anOrder>[1],
  verdict: Verdict,
): Promise<{ answer: Check; plan: ScanPlan | undefined }> {
  const inputs: Inputs = {
    orders: [{ orderDigest: 'a'.repeat(64) as Digest, order: anOrder(NOW, order) }],
    lists: [],
    models: [],
  };
  let plan: ScanPlan | undefined;
  const check = createChecker({
    inputs: () => inputs,
    queue: createQueue(() => NOW),
    sandbox: {
      async scan(_content, given) {
        plan = given;
        return verdict;
      },
      prepare: async () => undefined,
    },
    take: async () => undefined,
  });
  const answer = await check(new Blob(['x']), { surface: 'send' });
  return { answer, plan };
}

test('without its only list nothing is looked at', async () => {
  const { answer, plan } = await checked({ detect: [known()] }, nothing('image'));
  expect(answer).toEqual({ outcome: 'unscannable', action: 'warn', reason: 'list-missing', retry: true });
  expect(plan).toBeUndefined();
});
test.each([
  [
    'a picture is unscannable',
    'image',
    { outcome: 'unscannable', action: 'warn', reason: 'model-missing', retry: true },
  ],
  ['a video, of which the model would say nothing, is clear', 'video', { outcome: 'clear', action: 'allow' }],
  [
    'a file, which the order does not cover, is skipped',
    'file',
    { outcome: 'skipped', action: 'allow', reason: 'not-covered' },
  ],
] as const)('without its only model %s', async (_, media, expected) => {
  const { answer, plan } = await checked({ media: ['image', 'video'], detect: [sensitive()] }, nothing(media));
  expect(answer).toEqual(expected);
  expect(plan).toEqual({ lists: [], models: [] });
});
test('an order with a model and without pictures lacks nothing', async () => {
  const { answer } = await checked({ media: ['video'], detect: [sensitive()] }, nothing('video'));
  expect(answer).toEqual({ outcome: 'clear', action: 'allow' });
});
