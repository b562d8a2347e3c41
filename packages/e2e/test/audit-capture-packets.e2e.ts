/**
 * `lodestone-audit capture --packets` on the running chat: every packet goes to the proxy. And on a copy that leaks past any
 * proxy: the packet is there, with the bytes of the picture in it. Needs a network of the browser's own, so root on Linux.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { auditCapture, type CaptureFacts, type Report, verdictOf } from '@lodestone/audit';
import adapter from '@lodestone/example-vanilla-chat/audit-adapter';
import { MEMORY_FILE } from '@lodestone/tools/engines/chosen';
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import type { TestDemo } from './fixture/demo.ts';
import { makeLeak } from './fixture/leaking-chat.ts';
import { expect, test } from './fixture/test.ts';

test.skip(
  process.platform !== 'linux' || process.getuid?.() !== 0,
  'Packets are recorded in a network namespace, which takes root on Linux.',
);
test.setTimeout(180_000);

let corpus: string;
test.beforeEach(async () => {
  corpus = await mkdtemp(path.join(tmpdir(), 'lodestone-corpus-'));
});
test.afterEach(() => rm(corpus, { recursive: true, force: true }));

async function capture(demo: TestDemo, ...files: readonly string[]): Promise<Report<CaptureFacts>> {
  for (const file of files) await cp(demo.photograph(file), path.join(corpus, file));
  return auditCapture({
    engine: 'chromium',
    url: demo.chat,
    corpus,
    adapter,
    settleMs: 2_000,
    packets: true,
    say: console.log,
    memoryFile: MEMORY_FILE,
  });
}

const PAST_PROXY = 'Nothing left the browser but through the proxy.';
const pastProxy = ({ claims }: Report): unknown => claims.find(({ promise }) => promise === PAST_PROXY);

test('of the chat every packet goes to the proxy, and every byte is explained', { tag: ALL_TAG }, async ({ demo }) => {
  const report = await capture(demo, 'harbour.jpg', 'mountains.jpg');
  expect(report.claims.filter(({ verdict }) => verdict === 'broken')).toEqual([]);
  expect(pastProxy(report)).toMatchObject({ verdict: 'holds' });
  expect(report.facts.traffic.filter(({ reason }) => reason.by === 'nothing')).toEqual([]);
  const { flows = [], proxied } = report.facts.packets ?? {};
  expect(flows.filter(({ as }) => as === 'past' || as === 'name')).toEqual([]);
  expect(flows.filter(({ as }) => as === 'proxy')).toHaveLength(1);
  // At least what the chat's page and its inputs take.
  expect(proxied?.plain.bytes).toBeGreaterThan(10_000);
});

test(
  'a copy of the chat that leaks by WebRTC: each datagram is in the packets, with what it holds',
  { tag: ALL_TAG },
  async ({ demo }) => {
    await makeLeak(demo, 'leaks-past-proxy.js');
    const report = await capture(demo, 'mountains.jpg');
    expect(verdictOf(report)).toBe('broken');
    expect(pastProxy(report)).toMatchObject({ verdict: 'broken' });

    const { traffic, hits, packets } = report.facts;
    for (const to of ['203.0.113.9:3478', '203.0.113.9:5000']) {
      const datagrams = traffic.filter((one) => one.to === to);
      expect(datagrams.map(({ kind, reason }) => `${kind} ${reason.by}`)).toContain('datagram nothing');
      const flow = packets?.flows.find((one) => one.to === to);
      expect(flow).toMatchObject({ as: 'past', protocol: 'UDP' });
      // The browser's own log tells of them too; each stands there once.
      expect(datagrams).toHaveLength(flow?.packets ?? 0);
    }
    const found = hits.map(
      ({ sent, what, place }) => `${what}, ${place}, ${traffic.find(({ id }) => id === sent)?.to}`,
    );
    expect(found).toContain('content, bytes, hex, 203.0.113.9:5000');
  },
);
