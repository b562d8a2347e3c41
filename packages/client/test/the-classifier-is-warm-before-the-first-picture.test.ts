/** Models are loaded before the first picture, only if an order in force names them, and only while no check waits. Spec: docs/design/client.md#guard */
import type { Surface } from '@lodestone/protocol';
import { digestOf } from '@lodestone/testkit/digests';
import { expect, test } from 'vitest';
import { createQueue } from '../src/content/queue.ts';
import type { Inputs } from '../src/inputs.ts';
import { createWarmUp } from '../src/warm-up.ts';
import { anOrder, known, MODEL, sensitive } from './world.ts';

const NOW = Date.UTC(2026, 10, 24);
const [ORDER, MANIFEST] = [digestOf('a'), digestOf('c')];
const OTHER = 'provider:v1/models/other/manifest.json' as typeof MODEL;
const never = new AbortController().signal;
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** Two models are in force; `change` decides which ones the order names. */
function aWarmUp(change: Parameters<typeof anOrder>[1] = { detect: [known(), sensitive()] }) {
  const held: Inputs = {
    orders: [{ source: 'orders', orderDigest: ORDER, order: anOrder(NOW, change) }],
    unknown: [],
    coming: [],
    isUnheard: false,
    lists: [],
    models: [
      { reference: MODEL, manifestDigest: MANIFEST, maySignal: true },
      { reference: OTHER, manifestDigest: digestOf('d'), maySignal: true },
    ],
  };
  const world = { inputs: held, isReady: true };
  const done: string[] = [];
  const queue = createQueue(() => NOW);
  const warmUp = createWarmUp({
    inputs: () => world.inputs,
    isReady: () => world.isReady,
    queue,
    sandbox: {
      scan: () => Promise.reject(new Error('no scan in this test')),
      lacksPart: () => false,
      isForbidden: () => false,
      prepare: async (model) => void done.push(model?.slice(0, 1) ?? 'sandbox'),
    },
  });
  const check = (name: string, work = async (): Promise<void> => void done.push(name)) =>
    queue.enter(false, never, work) ?? Promise.reject(new Error('the queue is full'));
  return { warmUp, world, held, done, check };
}

test('each model that the order names is loaded once', async () => {
  const { warmUp, done } = aWarmUp({ detect: [sensitive(), sensitive({ model: OTHER })] });
  for (let i = 0; i < 3; i++) {
    warmUp.changed();
    await settle();
  }
  expect(done).toEqual(['c', 'd']);
});
test.for<[why: string, change: Parameters<typeof anOrder>[1]]>([
  ['names no model', { detect: [known()] }],
  ['names a model but no pictures', { media: ['video'], detect: [sensitive()] }],
])('an order that %s loads none', async ([, change]) => {
  const { warmUp, done } = aWarmUp(change);
  warmUp.changed();
  warmUp.expected('send');
  await settle();
  expect(done).toEqual([]);
});
test('without an order none is loaded, also if the order ends while the load waits', async () => {
  const { warmUp, world, held, done, check } = aWarmUp();
  world.inputs = { ...held, orders: [] };
  warmUp.changed();
  warmUp.expected('send');
  await settle();
  world.inputs = held;
  const busy = Promise.withResolvers<void>();
  const item = check('item', () => busy.promise);
  warmUp.changed();
  world.inputs = { ...held, orders: [] };
  busy.resolve();
  await item;
  await settle();
  expect(done).toEqual([]);
});
test('a load waits until the sandbox runs', async () => {
  const { warmUp, world, done } = aWarmUp();
  world.isReady = false;
  warmUp.changed();
  warmUp.expected('send');
  await settle();
  expect(done).toEqual([]);
  world.isReady = true;
  warmUp.changed();
  await settle();
  expect(done).toEqual(['c']);
});
test('checks go first, also between two models', async () => {
  const { warmUp, done, check } = aWarmUp({ detect: [sensitive(), sensitive({ model: OTHER })] });
  const busy = Promise.withResolvers<void>();
  const first = check('first', () => busy.promise);
  warmUp.changed();
  const second = check('second', async () => {
    done.push('second');
    void check('third');
  });
  busy.resolve();
  await Promise.all([first, second]);
  await settle();
  expect(done).toEqual(['second', 'third', 'c', 'd']);

  done.length = 0;
  for (const surface of ['send', 'receive', 'send'] as Surface[]) warmUp.expected(surface); // the first begins immediately
  await check('fourth');
  await settle();
  expect(done).toEqual(['c', 'fourth', 'd', 'c']);
});
test('an expected picture loads the model again, on a surface that the order applies to', async () => {
  const { warmUp, done } = aWarmUp();
  warmUp.changed();
  await settle();
  warmUp.expected('profile');
  await settle();
  expect(done).toEqual(['c']);
  warmUp.expected('receive');
  await settle();
  expect(done).toEqual(['c', 'c']);
});
