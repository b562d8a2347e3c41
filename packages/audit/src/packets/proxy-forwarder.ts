/**
 * The way from the browser's network to the proxy: a socket that listens at the far end of the link, and each connection to
 * it passed on. A child process opens it there and hands it over; a socket stays in the network in which it was opened.
 */
import { spawn } from 'node:child_process';
import { connect, type Server, type Socket } from 'node:net';
import { SYSTEM_PATH } from '../system/spawn.ts';
import type { CommandInside } from './link.ts';

export interface ProxyForwarder {
  port: number;
  /** Of each connection so far, in order: the browser's port, and how many bytes came through. */
  forwarded(): ForwardedConnection[];
  close(): Promise<void>;
}

export interface ForwardedConnection {
  fromPort: number;
  bytes: number;
}

export async function openForwarder(enter: CommandInside, address: string, proxyPort: number): Promise<ProxyForwarder> {
  const server = await listenThere(enter, address);
  const connections: { socket: Socket; proxy: Socket; fromPort: number }[] = [];
  server.on('connection', (socket) => {
    const proxy = connect(proxyPort, '127.0.0.1');
    connections.push({ socket, proxy, fromPort: socket.remotePort ?? 0 });
    socket.pipe(proxy).pipe(socket);
    for (const one of [socket, proxy]) one.on('error', () => {});
    socket.on('close', () => proxy.end());
    // What still comes then is read to the end, so that it counts; the proxy does not get it, and its records lack it.
    proxy.on('close', () => socket.end().resume());
  });
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound ? bound.port : 0,
    forwarded: () => connections.map(({ socket, fromPort }) => ({ fromPort, bytes: socket.bytesRead })),
    async close() {
      for (const { socket, proxy } of connections) {
        socket.destroy();
        proxy.destroy();
      }
      await new Promise((closed) => server.close(closed));
    },
  };
}

const LISTEN = `
const server = require('node:net').createServer();
server.listen({ host: process.argv[1], port: 0 }, () => process.send('listening', server));
process.once('disconnect', () => process.exit());`;

async function listenThere(enter: CommandInside, address: string): Promise<Server> {
  const [command, args] = enter(process.execPath, '-e', LISTEN, address);
  const child = spawn(command, args, {
    env: { ...process.env, PATH: SYSTEM_PATH },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  try {
    return await new Promise<Server>((resolve, reject) => {
      child.once('message', (_message, handle) => resolve(handle as Server));
      child.once('error', reject);
      child.once('close', () => reject(new Error(said.trim() || 'the child process said nothing')));
    });
  } finally {
    if (child.connected) child.disconnect();
  }
}
