/** Checks under orders whose list or model is not available. Only the sandbox knows the medium, so a scan runs unless no verdict could decide the check. Spec: docs/design/client.md#policy */
import { digestOf } from '@lodestone/testkit/digests';
import { LodestoneError, type ScanPlan, type Verdict } from '@lodestone/protocol';
import { expect, test } from 'vitest';
import { createChecker } from '../src/check.ts';
import { createQueue } from '../src/content/queue.ts';
import type { Inputs } from '../src/inputs.ts';
import type { Check } from '../src/answer.ts';
import { anOrder, known, sensitive } from './world.ts';

const ORDER = digestOf('a');
const NOW = Date.UTC(2026, 10, 24);
const noFindings = (media: 'image' | 'video' | 'file'): Verdict => ({ media, findings: [], complete: true });

/** The check of content in which the sandbox finds nothing, and the plan that the sandbox got, if a scan ran. */
async function checked(
  order: Parameters<typeof anOrder>[1],
  verdict: Verdict,
  lacksPart = false,
): Promise<{ check: Check; plan: ScanPlan | undefined }> {
  const inputs: Inputs = {
    orders: [{ source: 'orders', orderDigest: ORDER, order: anOrder(NOW, order) }],
    unknown: [],
    coming: [],
    isUnheard: false,
    lists: [],
    models: [],
  };
  let plan: ScanPlan | undefined;
  const checker = createChecker({
    inputs: () => inputs,
    queue: createQueue(() => NOW),
    sandbox: {
      async scan(_content, given) {
        plan = given;
        return verdict;
      },
      lacksPart: () => lacksPart,
      isForbidden: () => false,
      prepare: async () => undefined,
    },
    take: () => undefined,
  });
  const check = await checker(new Blob(['x']), { surface: 'send' });
  return { check, plan };
}

test('without its only list nothing is scanned', async () => {
  const { check, plan } = await checked({ detect: [known()] }, noFindings('image'));
  expect(check).toEqual({
    outcome: 'unscannable',
    action: 'warn',
    orders: [ORDER],
    reason: 'list-missing',
    retry: true,
  });
  expect(plan).toBeUndefined();
});
test.each([
  [
    'a picture is unscannable',
    'image',
    { outcome: 'unscannable', action: 'warn', orders: [ORDER], reason: 'model-missing', retry: true },
  ],
  ['a video, which the model would not classify, is clear', 'video', { outcome: 'clear', action: 'allow', orders: [] }],
  [
    'a file, to which the order does not apply, is skipped',
    'file',
    { outcome: 'skipped', action: 'allow', orders: [], reason: 'not-covered', retry: false },
  ],
] as const)('without its only model %s', async (_, media, expected) => {
  const { check, plan } = await checked({ media: ['image', 'video'], detect: [sensitive()] }, noFindings(media));
  expect(check).toEqual(expected);
  expect(plan).toEqual({ lists: [], models: [] });
});
test('an order with a model but without pictures misses nothing', async () => {
  const { check } = await checked({ media: ['video'], detect: [sensitive()] }, noFindings('video'));
  expect(check).toEqual({ outcome: 'clear', action: 'allow', orders: [] });
});
test.each([
  ['whose part does not run may be checked again', true, { reason: 'sandbox', retry: true }],
  ['in a codec that the engine lacks may not', false, { reason: 'codec', retry: false }],
] as const)('a video %s', async (_, lacksPart, expected) => {
  const verdict: Verdict = { media: 'video', findings: [], complete: false, reason: 'codec' };
  const inputs = { media: ['video' as const], detect: [sensitive()] };
  const { check } = await checked(inputs, verdict, lacksPart);
  expect(check).toEqual({ outcome: 'unscannable', action: 'warn', orders: [ORDER], ...expected });
});

test.each([
  ['that a header forbids, or of another build, is final', true, false],
  ['that did not start may start later', false, true],
])('a sandbox %s', async (_, isForbidden, retry) => {
  const order = anOrder(NOW, { media: ['image'], detect: [sensitive()] });
  const inputs: Inputs = {
    orders: [{ source: 'orders', orderDigest: ORDER, order }],
    unknown: [],
    coming: [],
    isUnheard: false,
    lists: [],
    models: [],
  };
  const checker = createChecker({
    inputs: () => inputs,
    queue: createQueue(() => NOW),
    sandbox: {
      scan: () => Promise.reject(new LodestoneError('ERR_SANDBOX_POLICY', 'blocked')),
      lacksPart: () => false,
      isForbidden: () => isForbidden,
      prepare: async () => undefined,
    },
    take: () => undefined,
  });
  expect(await checker(new Blob(['x']), { surface: 'send' })).toMatchObject({
    outcome: 'unscannable',
    reason: 'sandbox',
    retry,
  });
});
