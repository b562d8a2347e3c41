/** Answers of `/v1/signals` to bodies of other lengths, to other methods, and to slow or faulty senders. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { LodestoneError } from '@lodestone/protocol/error';
import { Hono } from 'hono';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { logFailure } from '../src/http/failure.ts';
import { listen, type Listening } from '../src/http/server.ts';
import { signalsEndpoint, signalsListener } from '../src/ingest/endpoint.ts';
import type { Ingest } from '../src/ingest/ingest.ts';

const REQUEST_MS = 400;
let taken: Uint8Array[] = [];
let isFull = false;
let isBroken = false;
let server: Listening;
let url: string;
/** Without the listener ahead of it. */
let alone: Listening;
const log: string[] = [];

beforeAll(async () => {
  const ingest: Ingest = {
    accept(body) {
      if (isBroken) return Promise.reject(new TypeError('broken'));
      if (isFull) return Promise.reject(new LodestoneError('ERR_RECEIVER', '4096 requests wait already'));
      taken.push(body);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
    figures: () => ({ gathering: 0, batches: 0, failedBatches: 0, bodies: 0, refused: 0, storeSeconds: 0 }),
  };
  const lines = pino({}, { write: (line) => void log.push(line) });
  const app = new Hono().route('/v1/signals', signalsEndpoint(ingest));
  app.onError((error, c) => c.text(logFailure(lines, error, c.req.method), 500));
  const direct = signalsListener(ingest, lines);
  server = await listen(app, { port: 0, host: '127.0.0.1', requestMs: REQUEST_MS, direct });
  alone = await listen(app, { port: 0, host: '127.0.0.1', requestMs: REQUEST_MS });
  url = `${server.url}/v1/signals`;
});
afterAll(() => Promise.all([server.close(), alone.close()]));
beforeEach(() => {
  taken = [];
  isFull = false;
  isBroken = false;
  log.length = 0;
});

const post = (body: BodyInit | null, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { method: 'POST', body, ...init });

/** Sends no content length, so the server must count the bytes. */
function chunked(...lengths: number[]): Promise<Response> {
  const body = new ReadableStream({
    start(controller) {
      for (const length of lengths) controller.enqueue(new Uint8Array(length));
      controller.close();
    },
  });
  return post(body, { duplex: 'half' } as RequestInit);
}

/** Writes to a plain TCP connection. @returns everything that the server sends until it closes the connection */
async function raw(...parts: string[]): Promise<string> {
  return rawTo(server, ...parts);
}

async function rawTo(to: Listening, ...parts: string[]): Promise<string> {
  const socket = connect(Number(new URL(to.url).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (data) => (answer += data.toString('latin1')));
  socket.on('error', () => undefined); // the server may close the connection during the write; only its answer matters
  await once(socket, 'connect');
  for (const part of parts) socket.write(part, 'latin1');
  await once(socket, 'close');
  return answer;
}

const HEAD = 'POST /v1/signals HTTP/1.1\r\nHost: receiver\r\n';

describe('length', () => {
  test.each([0, 1, 255])('a body of %i bytes gets a 400', async (length) => {
    expect((await post(new Uint8Array(length))).status).toBe(400);
    expect(taken).toEqual([]);
  });
  test.each([257, 4_096, 2_000_000])('a body of %i bytes gets a 413', async (length) => {
    expect((await post(new Uint8Array(length))).status).toBe(413);
    expect(taken).toEqual([]);
  });
  test('a body of 256 bytes gets a 204 without a body', async () => {
    const body = crypto.getRandomValues(new Uint8Array(256));
    const response = await post(body);
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(taken).toEqual([body]);
  });
  test.each([
    [400, [100, 155]],
    [204, [1, 255]],
    [413, [256, 1]],
    [413, [100_000, 100_000]],
  ])('without a content length, the answer is %i for chunks of %j', async (status, lengths) => {
    expect((await chunked(...lengths)).status).toBe(status);
    expect(taken.length).toBe(status === 204 ? 1 : 0);
  });
  test('every length from 0 to 2,048, with random bytes, declared or not, gets its answer, and only 256 bytes are taken', async () => {
    const statusOf = (length: number): number => (length === 256 ? 204 : length < 256 ? 400 : 413);
    const wrong: string[] = [];
    for (let from = 0; from <= 2_048; from += 64)
      await Promise.all(
        Array.from({ length: Math.min(64, 2_049 - from) }, async (_, i) => {
          const length = from + i;
          const bytes = crypto.getRandomValues(new Uint8Array(length));
          const answers = [await post(bytes), ...(length % 64 === 0 ? [await chunked(length)] : [])];
          for (const { status } of answers) if (status !== statusOf(length)) wrong.push(`${length} bytes: ${status}`);
        }),
      );
    expect(wrong).toEqual([]);
    expect(taken.map(({ length }) => length)).toEqual([256, 256]);
  });
  test('a content length above 256 gets a 413 before the body arrives', async () => {
    const answer = await raw(`${HEAD}Content-Length: 99999999999\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });
  test('a body with a content encoding is not decompressed', async () => {
    expect((await post(new Uint8Array(256), { headers: { 'content-encoding': 'gzip' } })).status).toBe(204);
    expect(taken[0]?.length).toBe(256);
  });
});

describe('other requests', () => {
  test.each(['GET', 'PUT', 'DELETE'])('%s gets a 405 with the allowed methods', async (method) => {
    const response = await fetch(url, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
  });
  test('a preflight gets a 204, although none is needed', async () => {
    const response = await fetch(url, { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-methods')).toBe('POST');
  });
  test('any origin may read every answer, and no cache may store it', async () => {
    const answers = [
      await post(new Uint8Array(256)),
      await post(new Uint8Array(255)),
      await post(new Uint8Array(257)),
      await fetch(url),
      await fetch(url, { method: 'OPTIONS' }),
    ];
    for (const { headers } of answers) {
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.has('access-control-allow-credentials')).toBe(false);
    }
  });
  test('when too many requests wait, the answer is a 503 with Retry-After', async () => {
    isFull = true;
    const response = await post(new Uint8Array(256));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '60']);
  });
});

describe('the listener ahead of the app answers as the app does, byte by byte', () => {
  const close = 'Connection: close\r\n';
  test.each([
    ['204 stored', 256, 204],
    ['503 full', 256, 503],
    ['500 broken', 256, 500],
    ['400 shorter', 255, 400],
    ['413 longer', 257, 413],
  ])('%s', async (_, length, status) => {
    [isFull, isBroken] = [status === 503, status === 500];
    const parts = [`${HEAD}${close}Content-Length: ${length}\r\n\r\n`, 'x'.repeat(length)];
    const lines = async (to: Listening): Promise<string[]> =>
      (await rawTo(to, ...parts))
        .replace(/^date: .*$/im, '')
        .toLowerCase()
        .split('\r\n')
        .toSorted();
    const [direct, app] = [await lines(server), await lines(alone)];
    expect(direct).toEqual(app);
    expect(direct.some((line) => line.startsWith(`http/1.1 ${status} `))).toBe(true);
    if (status === 500) expect(log.length).toBe(2);
    else expect(log).toEqual([]);
  });
  test('a body in pieces, and two bodies on one connection', async () => {
    const one = `${HEAD}Content-Length: 256\r\n\r\n`;
    const last = `${HEAD}${close}Content-Length: 256\r\n\r\n`;
    const answer = await raw(one, 'a'.repeat(100), `${'a'.repeat(156)}${last}`, 'b'.repeat(256));
    expect(answer.match(/HTTP\/1\.1 204 /g)?.length).toBe(2);
    expect(taken.map((body) => String.fromCharCode(...body))).toEqual(['a'.repeat(256), 'b'.repeat(256)]);
  });
});

describe('slow and faulty senders', () => {
  test('a body that does not arrive in time gets a 408, and the connection is closed', async () => {
    const began = Date.now();
    const answer = await raw(`${HEAD}Content-Length: 256\r\n\r\n`, 'only a little');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(Date.now() - began).toBeGreaterThanOrEqual(REQUEST_MS - 50);
    expect(taken).toEqual([]);
  });
  test('headers that do not end get a 408', async () => {
    expect(await raw('POST /v1/signals HTTP/1.1\r\nHost: rec')).toMatch(/^HTTP\/1\.1 408 /);
  });
  test('headers that are too large get a 431', async () => {
    expect(await raw(`${HEAD}X-Long: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });
  test('bytes that are not HTTP get a 400', async () => {
    expect(await raw('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });
  test('a sender that disconnects in the middle of a body leaves nothing behind', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`${HEAD}Content-Length: 256\r\n\r\nabc`);
    socket.destroy();
    expect((await post(new Uint8Array(256))).status).toBe(204);
    expect(taken.length).toBe(1);
  });
  test('a sender that disconnects before its answer leaves nothing behind', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`${HEAD}Content-Length: 256\r\n\r\n${'a'.repeat(256)}`, () => socket.destroy());
    await once(socket, 'close');
    expect((await post(new Uint8Array(256))).status).toBe(204);
    expect(log).toEqual([]);
  });
  test('a port in use is an ERR_RECEIVER with the system’s error as its cause', async () => {
    await expect(listen(new Hono(), { port: Number(new URL(url).port), host: '127.0.0.1' })).rejects.toMatchObject({
      code: 'ERR_RECEIVER',
      cause: { code: 'EADDRINUSE' },
    });
  });
});
