import { createServer, request as httpRequest, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RecordingProxy, startProxy } from '../src/traffic/proxy.ts';
import type { SentRequest } from '../src/traffic/record.ts';
import { noise } from './fixture/traffic.ts';

let server: Server;
let proxy: RecordingProxy;
let origin: string;
const arrived: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    arrived.push(`${request.method} ${request.url}`);
    request.resume().on('end', () => response.writeHead(201, { 'content-type': 'text/plain' }).end('an answer'));
  }).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  proxy = await startProxy((url) => new URL(url).pathname.startsWith('/maker'));
});
afterAll(async () => {
  await proxy.stop();
  server.closeAllConnections();
  server.close();
});

function through(path: string, { method = 'GET', headers = {}, body = new Uint8Array(0) } = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const sending = httpRequest(
      { host: '127.0.0.1', port: proxy.port, path: `${origin}${path}`, method, headers },
      (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    sending.on('error', reject);
    sending.end(body);
  });
}

async function recorded(path: string): Promise<SentRequest> {
  for (let wait = 0; wait < 50; wait++) {
    const found = proxy.records.find((sent) => sent.kind === 'request' && sent.url.endsWith(path));
    if (found?.kind === 'request' && (found.status > 0 || found.blocked)) return found;
    await sleep(100);
  }
  throw new Error(`${path} was not recorded`);
}

test('method, address, headers, body, status and response are recorded unchanged', async () => {
  const body = Buffer.from(noise(70_000));
  expect(await through('/a?b=c', { method: 'POST', headers: { 'X-One': '1', Cookie: 'a=b' }, body })).toBe(201);
  const sent = await recorded('/a?b=c');
  expect(sent).toMatchObject({ method: 'POST', url: `${origin}/a?b=c`, status: 201, receivedBytes: 9 });
  expect(sent.headers).toEqual(
    expect.arrayContaining([
      ['X-One', '1'],
      ['Cookie', 'a=b'],
    ]),
  );
  expect(Buffer.from(sent.body).equals(body)).toBe(true);
  expect(new TextDecoder().decode(sent.response)).toBe('an answer');
});

test('an aborted request is recorded as far as it was sent', async () => {
  const body = noise(5_000);
  const socket = connect(proxy.port, '127.0.0.1');
  socket.write(`POST ${origin}/cut HTTP/1.1\r\nHost: ${new URL(origin).host}\r\nContent-Length: 9000\r\n\r\n`);
  socket.write(body);
  await sleep(500);
  socket.destroy();
  await sleep(300);
  const sent = proxy.records.find((one) => one.kind === 'request' && one.url.endsWith('/cut'));
  expect(sent?.kind === 'request' && Buffer.from(sent.body).equals(body)).toBe(true);
});

test('bytes of a connection without HTTP are recorded', async () => {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.write(`CONNECT ${new URL(origin).host} HTTP/1.1\r\nHost: ${new URL(origin).host}\r\n\r\n`);
  await new Promise((answered) => socket.once('data', answered));
  socket.write(Buffer.from([0, 1, 2, 3, 250, 251, 252, 253]));
  await sleep(500);
  socket.destroy();
  const stream = proxy.records.find((one) => one.kind === 'stream');
  expect(stream).toMatchObject({ to: new URL(origin).host, opaque: false });
  expect(stream?.kind === 'stream' && [...stream.body.slice(0, 4)]).toEqual([0, 1, 2, 3]);
});

test('a blocked request is recorded, and does not leave', async () => {
  await expect(through('/maker/ping')).rejects.toThrow();
  expect((await recorded('/maker/ping')).blocked).toBe('browser-maker');
  expect(arrived).not.toContain('GET /maker/ping');
});

test('the proxy accepts connections from this machine only', async () => {
  const { networkInterfaces } = await import('node:os');
  const others = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  for (const { address } of others.filter(({ internal, family }) => !internal && family === 'IPv4')) {
    const refused = new Promise((resolve) => {
      connect(proxy.port, address)
        .once('connect', () => resolve('open'))
        .once('error', () => resolve('refused'));
    });
    expect(await refused, address).toBe('refused');
  }
});

// Last, since it cannot be undone.
test('after the recording ends, other requests are recorded as blocked', async () => {
  proxy.blockExcept((url) => url.includes('/own'));
  expect(await through('/own')).toBe(201);
  await expect(through('/late')).rejects.toThrow();
  expect((await recorded('/late')).blocked).toBe('recording-ended');
  expect((await recorded('/own')).blocked).toBeUndefined();
  expect(arrived).not.toContain('GET /late');
});
