/**
 * `lodestone-audit compare` on the running chat: with cover traffic the test finds no difference and notices the control;
 * without it an observer can tell, and the claim fails. Spec: docs/design/audit.md#compare
 */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { auditCompare, type CompareFacts, type Report, statusOf } from '@lodestone/audit';
import { publish, stageOrder } from '@lodestone/authority';
import { DAY_MS, toInstant } from '@lodestone/protocol';
import adapter from '@lodestone/example-vanilla-chat/audit-adapter';
import type { ServedConfiguration } from '@lodestone/example-vanilla-chat/configuration';
import { demoOrder } from '@lodestone/demo/order';
import { MEMORY_FILE } from '@lodestone/tools/engines/chosen';
import { ALL_TAG, LONG_TAG } from '@lodestone/tools/run/test-plan';
import type { TestDemo } from './fixture/demo.ts';
import { expect, test } from './fixture/test.ts';

test.setTimeout(560_000);

const MATCHING = ['harbour.jpg', 'biplane.jpg', 'harbour-small.webp', 'biplane-turned.jpg'];
const INNOCENT = ['mountains.jpg', 'lily-leek.jpg', 'cat.png', 'damaged.jpg'];

async function compare(demo: TestDemo, pairs: number): Promise<Report<CompareFacts>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lodestone-compare-'));
  const fill = async (name: string, files: readonly string[]): Promise<string> => {
    await mkdir(path.join(folder, name));
    for (const file of files) await cp(demo.sample(file), path.join(folder, name, file));
    return path.join(folder, name);
  };
  try {
    return await auditCompare({
      engine: 'chromium',
      url: demo.chat,
      adapter,
      matching: await fill('matching', MATCHING),
      innocent: await fill('innocent', INNOCENT),
      pairs,
      pauseMs: 2_000,
      waitAfterMs: 4_000,
      memoryFile: MEMORY_FILE,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The court's order with cover traffic. */
async function orderCover(demo: TestDemo): Promise<void> {
  const { endpoint } = (await (await fetch(`${demo.chat}lodestone.json`)).json()) as ServedConfiguration;
  const now = Date.now();
  const today = now - (now % DAY_MS);
  const order = demoOrder({ endpoint, notBefore: toInstant(today), notAfter: toInstant(today + 90 * DAY_MS) });
  const { receiver } = order;
  if (!receiver) throw new Error('the demo’s order has no receiver');
  const directory = path.dirname(demo.authorities.court.repository);
  await stageOrder({ directory, order: { ...order, receiver: { ...receiver, cover: true } }, now });
  await publish({ directory, now });
}

test('with cover traffic, matching and innocent sessions look the same', { tag: LONG_TAG }, async ({ demo }) => {
  await orderCover(demo);
  const report = await compare(demo, 6);
  expect(report.claims.map(({ status, result }) => `${status}: ${result}`)).toEqual([
    expect.stringMatching(/^pass: The same \d+ requests/),
    expect.stringMatching(/^pass: \d+ bytes to .*, in every session/),
    expect.stringMatching(/^pass: The test found no difference: .*It noticed the control/),
    expect.stringMatching(/^not-tested/),
  ]);
  // Covers left without a match.
  expect(report.facts.innocent.every(({ posts }) => posts.length > 3)).toBe(true);
});

test(
  'with cover traffic and a receiver that fails, matching and innocent sessions repeat the same bytes and look the same',
  { tag: LONG_TAG },
  async ({ demo }) => {
    await orderCover(demo);
    const headers = { 'Access-Control-Allow-Origin': '*' };
    demo.intercept(({ method, url }) =>
      method === 'POST' && url.pathname === '/v1/signals'
        ? { status: 503, type: 'text/plain', body: '', headers }
        : undefined,
    );
    const report = await compare(demo, 6);
    expect(report.claims.map(({ status, result }) => `${status}: ${result}`).slice(0, 3)).toEqual([
      expect.stringMatching(/^pass: /),
      expect.stringMatching(/^pass: /),
      expect.stringMatching(/^pass: The test found no difference: /),
    ]);
    // One body, signal or cover, of each of the two devices in each of the twelve sessions, repeated.
    const bodies = demo.signals().map(({ body }) => body.toString('hex'));
    expect(bodies.length).toBeGreaterThan(new Set(bodies).size);
    expect(new Set(bodies).size).toBeLessThanOrEqual(24);
  },
);

test('without cover traffic an observer can tell, and the report says so', { tag: ALL_TAG }, async ({ demo }) => {
  const report = await compare(demo, 1);
  // One such request tells an observer that something matched.
  expect(statusOf(report)).toBe('fail');
  expect(report.claims.map(({ status }) => status)).toEqual(['pass', 'not-tested', 'fail', 'pass']);
  expect(report.facts.observerLearns.join(' ')).toContain('learns that this device has signalled');
  // Two listed files, which count as one if their entries share a tag.
  expect(report.facts.matching[0]?.posts.length).toBeGreaterThanOrEqual(1);
  expect(report.facts.innocent[0]?.posts).toHaveLength(0);
});
