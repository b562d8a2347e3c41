/**
 * Servers that the sandbox must not reach, one for each attempt: HTTP, WebSocket, any other TCP, and datagrams (STUN, QUIC), on
 * one port. Promise: every byte counts, also on connections without a valid request. Spec: docs/design/audit.md#probe
 */
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** Addresses of an attempt's server. */
export interface Target {
  http: string;
  https: string;
  ws: string;
  /** The HTTP address by a name that only this run's name server resolves. */
  named: string;
  name: string;
  host: string;
  port: number;
}

export interface Arrived {
  connections: number;
  bytes: number;
  datagrams: number;
}

export interface Listeners {
  targets: Readonly<Record<string, Target>>;
  arrived(id: string): Arrived;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
/** Reserved by RFC 6761. */
export const ZONE = 'probe.test';

/** @param run part of each name, to distinguish the look-ups of several runs */
export async function listen(ids: readonly string[], run: string): Promise<Listeners> {
  const all = new Map<string, Listener>();
  for (const id of ids) all.set(id, await listener());
  const targets = Object.fromEntries(
    Array.from(all, ([id, { port }]): [string, Target] => {
      const name = `${id}.${run}.${ZONE}`;
      const host = `${HOST}:${port}`;
      return [
        id,
        {
          http: `http://${host}`,
          https: `https://${host}`,
          ws: `ws://${host}`,
          named: `http://${name}:${port}`,
          name,
          host: HOST,
          port,
        },
      ];
    }),
  );
  return {
    targets,
    arrived: (id) => all.get(id)?.arrived() ?? { connections: 0, bytes: 0, datagrams: 0 },
    close: async () => void (await Promise.all(Array.from(all.values(), (one) => one.close()))),
  };
}

interface Listener {
  port: number;
  arrived(): Arrived;
  close(): Promise<void>;
}

async function listener(): Promise<Listener> {
  const sockets = new Set<Socket>();
  let [closedBytes, connections, datagrams, datagramBytes] = [0, 0, 0, 0];
  const server = createServer(answer);
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      closedBytes += socket.bytesRead;
      sockets.delete(socket);
    });
  });
  server.on('upgrade', (request, socket) => void acceptWebSocket(request, socket as Socket));
  server.on('clientError', (_error, socket) => void socket.destroy());
  const udp = await onOnePort(server);
  udp.on('message', (message) => {
    datagrams++;
    datagramBytes += message.length;
  });
  return {
    port: (server.address() as AddressInfo).port,
    arrived: () => ({
      connections,
      bytes: closedBytes + datagramBytes + Array.from(sockets).reduce((sum, socket) => sum + socket.bytesRead, 0),
      datagrams,
    }),
    async close() {
      for (const socket of sockets) socket.destroy();
      udp.close();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** The same port for TCP and UDP, with a few tries, since another program may use one of them. */
async function onOnePort(server: Server): Promise<Datagrams> {
  for (let tries = 0; tries < 20; tries++) {
    server.listen(0, HOST);
    await once(server, 'listening');
    const udp = createSocket('udp4');
    const bound = once(udp, 'listening').then(
      () => true,
      () => false,
    );
    udp.bind((server.address() as AddressInfo).port, HOST);
    if (await bound) return udp;
    udp.close();
    await new Promise((closed) => server.close(closed));
  }
  throw new Error('no port is free for both TCP and UDP');
}

/** A picture with one pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const BODIES: Readonly<Record<string, [type: string, body: string | Buffer]>> = {
  js: ['text/javascript', 'globalThis.postMessage?.("here"); export {};'],
  json: ['application/json', '{}'],
  css: ['text/css', 'body{}'],
  png: ['image/png', PNG],
  svg: ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"><g id="x"/></svg>'],
  wasm: ['application/wasm', Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])],
};

/** Allows every origin and answers every kind of request, so that nothing is missing because the server refused it. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const kind = /\.(\w+)(?:\?|$)/.exec(request.url ?? '')?.[1] ?? '';
  const [type, body] = BODIES[kind] ?? ['text/html', 'here'];
  const isStream = request.headers.accept === 'text/event-stream';
  request.resume();
  response.writeHead(200, {
    'Content-Type': isStream ? 'text/event-stream' : type,
    'Access-Control-Allow-Origin': request.headers.origin ?? '*',
    'Access-Control-Allow-Headers': '*',
    'Access-Control-Allow-Methods': '*',
    'Access-Control-Allow-Private-Network': 'true',
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'Timing-Allow-Origin': '*',
    'Cache-Control': 'no-store',
  });
  response.end(isStream ? 'data: here\n\n' : body);
}

/** RFC 6455 §4.2.2; sends nothing further. */
async function acceptWebSocket(request: IncomingMessage, socket: Socket): Promise<void> {
  const { createHash } = await import('node:crypto');
  const key = `${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash('sha1').update(key).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
}
