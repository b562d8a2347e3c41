/**
 * `lodestone-audit capture` on the running chat, and on a copy of it that leaks: the report names each leak, which shows that
 * a clean report means something. Spec: docs/design/audit.md#capture
 */
import { createHash } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { auditCapture, type CaptureFacts, type CaptureOptions, type Report, statusOf } from '@lodestone/audit';
import adapter from '@lodestone/example-vanilla-chat/audit-adapter';
import type { ServedConfiguration } from '@lodestone/example-vanilla-chat/configuration';
import { MEMORY_FILE } from '@lodestone/tools/engines/chosen';
import { ALL_TAG, LONG_TAG } from '@lodestone/tools/run/test-plan';
import type { TestDemo } from './fixture/demo.ts';
import { makeLeak } from './fixture/leaking-chat.ts';
import { expect, test } from './fixture/test.ts';

test.setTimeout(180_000);

let corpus: string;
test.beforeEach(async () => {
  corpus = await mkdtemp(path.join(tmpdir(), 'lodestone-corpus-'));
});
test.afterEach(() => rm(corpus, { recursive: true, force: true }));

async function capture(
  demo: TestDemo,
  files: readonly string[],
  options: Partial<CaptureOptions> = {},
): Promise<Report<CaptureFacts>> {
  for (const file of files) await cp(demo.sample(file), path.join(corpus, file));
  const settleMs = 8_000;
  return auditCapture({
    engine: 'chromium',
    url: demo.chat,
    corpus,
    adapter,
    waitAfterMs: settleMs,
    memoryFile: MEMORY_FILE,
    ...options,
  });
}

const statuses = ({ claims }: Report): string[] => claims.map(({ status }) => status);
const unexplained = ({ facts }: Report<CaptureFacts>): string[] =>
  facts.traffic.flatMap(({ what, reason }) => (reason.by === 'unexplained' ? [what] : []));

for (const [engine, tag] of [
  ['chromium', ALL_TAG],
  ['firefox', LONG_TAG],
] as const) {
  test(
    `in ${engine}, every byte of the chat is explained and no trace of the pictures is found`,
    { tag },
    async ({ demo }) => {
      const report = await capture(demo, ['harbour.jpg', 'mountains.jpg', 'damaged.jpg'], { engine });
      expect(report.claims.filter(({ status }) => status === 'fail')).toEqual([]);
      expect(statusOf(report)).toBe('pass');
      // No canary is named here, and packets are recorded by capture-reports-packets-that-bypass-the-proxy.e2e.ts.
      expect(statuses(report).filter((status) => status === 'not-tested')).toHaveLength(2);
      expect(unexplained(report)).toEqual([]);
      expect(report.facts.hits).toEqual([]);
      const signals = report.facts.traffic.filter(
        ({ reason }) => reason.by === 'ledger' && reason.purpose === 'signal',
      );
      expect(signals.map(({ bodyBytes }) => bodyBytes)).toEqual([256]);
      expect(demo.signals()).toHaveLength(1);
    },
  );
}

test.describe('with a classifier', () => {
  test.use({ terms: { classifier: { model: 'sensitive-image', minBucket: 1, action: 'warn' } } });

  test(
    'every byte is explained, and no trace of a sensitive picture or its score is found',
    { tag: LONG_TAG },
    async ({ demo }) => {
      const report = await capture(demo, ['discs.png', 'mountains.jpg']);
      expect(report.claims.filter(({ status }) => status === 'fail')).toEqual([]);
      expect(unexplained(report)).toEqual([]);
      expect(report.facts.hits).toEqual([]);
      const sent = report.facts.traffic.filter(({ reason }) => reason.by === 'ledger');
      expect(sent.filter(({ reason }) => reason.by === 'ledger' && reason.purpose === 'model')).toHaveLength(6);
      // No request has a body, so none contains a score.
      expect(sent.map(({ bodyBytes }) => bodyBytes)).toEqual(sent.map(() => 0));
    },
  );
});

test('the report names every leak of a copy of the chat that leaks 16 bytes', { tag: ALL_TAG }, async ({ demo }) => {
  const server = createServer((_request, response) => void response.writeHead(204).end());
  const webSockets: Duplex[] = [];
  // Completes the handshake. Cutting it made the recording proxy print "Error: socket hang up" during the test.
  server.on('upgrade', ({ headers }, socket) => {
    webSockets.push(socket.resume());
    socket.write(handshakeAnswer(headers['sec-websocket-key']));
  });
  server.listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const stranger = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { authorities } = (await (await fetch(`${demo.chat}lodestone.json`)).json()) as ServedConfiguration;
  const { origin: repositories } = new URL(authorities.provider.url);
  await makeLeak(demo, 'leaks.js', { stranger, repositories });

  // The leaks follow each other, and a busy machine needs seconds for the last ones.
  const report = await capture(demo, ['mountains.jpg'], { waitAfterMs: 15_000 });
  for (const socket of webSockets) socket.destroy();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  expect(statusOf(report)).toBe('fail');

  const where = report.facts.hits.map(({ sent, location, what }) => {
    const found = report.facts.traffic.find(({ id }) => id === sent);
    return `${what} | ${location} | ${found?.what.replace(/\?.*/, '').replace(/[0-9a-f]{32}/g, 'HEX') ?? ''}`;
  });
  const leak = (name: string): string => `${demo.chat}leak/${name}`;
  for (const expected of [
    `content | header X-Trace, hex | GET ${leak('header')}`,
    `content | address, URL encoding, base64 | GET ${leak('address')}`,
    `content | body, list of numbers | POST ${leak('list')}`,
    `content | body, bytes as text | POST ${leak('text')}`,
    `content | body, gzip, base64 | POST ${leak('gzip')}`,
    `hash | body, hex | POST ${leak('hash')}`,
    `content | header Cookie, base64 | GET ${leak('cookie')}`,
    `content | body | POST ${stranger}/beacon`,
    `content | message, hex | a WebSocket message to ${stranger}/socket`,
    'content | name, hex | the name HEX.names.example, requested by a resource hint of the page',
    'content | name, hex | the name HEX.stun.example, looked up',
  ]) {
    expect(where).toContain(expected);
  }
  expect(where.filter((one) => one.includes('header Accept-Language, hex | GET'))).not.toEqual([]);

  const odd = unexplained(report).join('\n');
  for (const what of [
    `POST ${stranger}/beacon`,
    `GET ${stranger}/socket`,
    'demo-lists/metadata/timestamp.json',
    'demo-lists/metadata/1.snapshot.json',
    'names.example',
    'stun.example',
  ]) {
    expect(odd).toContain(what);
  }
});

/** RFC 6455, section 4.2.2. */
function handshakeAnswer(key = ''): string {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  return [...head, `Sec-WebSocket-Accept: ${accept}`, '', ''].join('\r\n');
}
