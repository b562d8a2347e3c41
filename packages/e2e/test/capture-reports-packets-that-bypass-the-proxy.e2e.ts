/**
 * `lodestone-audit capture --packets` on the running chat, and on a copy of it that bypasses the proxy.
 * Needs network namespaces, so root on Linux. Spec: docs/design/audit.md#packets
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { auditCapture, type CaptureFacts, type Report, statusOf } from '@lodestone/audit';
import adapter from '@lodestone/example-vanilla-chat/audit-adapter';
import { SYSTEM_PROGRAMS } from '@lodestone/audit/browsers';
import { MEMORY_FILE } from '@lodestone/tools/engines/chosen';
import { ensureProgram } from '@lodestone/tools/engines/install';
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import type { TestDemo } from './fixture/demo.ts';
import { makeLeak } from './fixture/leaking-chat.ts';
import { expect, test } from './fixture/test.ts';

test.skip(
  process.platform !== 'linux' || process.getuid?.() !== 0,
  'Recording packets in a network namespace needs root on Linux.',
);
test.setTimeout(180_000);

test.describe.configure({ mode: 'default' });
test.beforeAll(async () => {
  for (const program of SYSTEM_PROGRAMS) await ensureProgram(program);
});

let corpus: string;
test.beforeEach(async () => {
  corpus = await mkdtemp(path.join(tmpdir(), 'lodestone-corpus-'));
});
test.afterEach(() => rm(corpus, { recursive: true, force: true }));

async function capture(demo: TestDemo, ...files: readonly string[]): Promise<Report<CaptureFacts>> {
  for (const file of files) await cp(demo.sample(file), path.join(corpus, file));
  return auditCapture({
    engine: 'chromium',
    url: demo.chat,
    corpus,
    adapter,
    waitAfterMs: 2_000,
    packets: true,
    say: console.log,
    memoryFile: MEMORY_FILE,
  });
}

const proxyClaim = ({ claims }: Report): unknown => claims.find(({ id }) => id === 'traffic-goes-through-proxy');

test('every packet of the chat goes to the proxy, and every byte is explained', { tag: ALL_TAG }, async ({ demo }) => {
  const report = await capture(demo, 'harbour.jpg', 'mountains.jpg');
  expect(report.claims.filter(({ status }) => status === 'fail')).toEqual([]);
  expect(proxyClaim(report)).toMatchObject({ status: 'pass' });
  expect(report.facts.traffic.filter(({ reason }) => reason.by === 'unexplained')).toEqual([]);
  const { flows = [], proxied } = report.facts.packets ?? {};
  expect(flows.filter(({ as }) => as === 'bypass' || as === 'lookup')).toEqual([]);
  expect(flows.filter(({ as }) => as === 'proxy')).toHaveLength(1);
  // At least the size of the chat's page and its signed inputs.
  expect(proxied?.plain.bytes).toBeGreaterThan(10_000);
});

test(
  'each datagram of a copy of the chat that leaks by WebRTC is recorded with its content',
  { tag: ALL_TAG },
  async ({ demo }) => {
    await makeLeak(demo, 'leaks-past-proxy.js');
    const report = await capture(demo, 'mountains.jpg');
    expect(statusOf(report)).toBe('fail');
    expect(proxyClaim(report)).toMatchObject({ status: 'fail' });

    const { traffic, hits, packets } = report.facts;
    for (const to of ['203.0.113.9:3478', '203.0.113.9:5000']) {
      const datagrams = traffic.filter((one) => one.to === to);
      expect(datagrams.map(({ kind, reason }) => `${kind} ${reason.by}`)).toContain('datagram unexplained');
      const flow = packets?.flows.find((one) => one.to === to);
      expect(flow).toMatchObject({ as: 'bypass', protocol: 'UDP' });
      // The browser's log has them too; each appears once.
      expect(datagrams).toHaveLength(flow?.packets ?? 0);
    }
    const found = hits.map(
      ({ sent, what, location }) => `${what}, ${location}, ${traffic.find(({ id }) => id === sent)?.to}`,
    );
    expect(found).toContain('content, bytes, hex, 203.0.113.9:5000');
  },
);
