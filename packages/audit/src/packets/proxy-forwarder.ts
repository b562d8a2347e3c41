/**
 * Forwards connections from the browser's network namespace to the proxy. A child process opens the listening socket inside and
 * passes it to this process; a socket stays in the namespace in which it was opened. Spec: docs/design/audit.md#packets
 */
import { spawn } from 'node:child_process';
import { connect, type Server, type Socket } from 'node:net';
import { SYSTEM_PATH } from '../system/spawn.ts';
import type { CommandInside } from './link.ts';

export interface ProxyForwarder {
  port: number;
  /** Every connection so far, in order: the browser's port and the received bytes. */
  forwarded(): ForwardedConnection[];
  close(): Promise<void>;
}

export interface ForwardedConnection {
  fromPort: number;
  bytes: number;
}

export async function openForwarder(enter: CommandInside, address: string, proxyPort: number): Promise<ProxyForwarder> {
  const server = await listenInside(enter, address);
  const connections: { socket: Socket; proxy: Socket; fromPort: number }[] = [];
  server.on('connection', (socket) => {
    const proxy = connect(proxyPort, '127.0.0.1');
    connections.push({ socket, proxy, fromPort: socket.remotePort ?? 0 });
    socket.pipe(proxy).pipe(socket);
    for (const one of [socket, proxy]) one.on('error', () => {});
    socket.on('close', () => proxy.end());
    // Later bytes are still read, so that they count, although the proxy does not receive them.
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

async function listenInside(enter: CommandInside, address: string): Promise<Server> {
  const [command, args] = enter(process.execPath, '-e', LISTEN, address);
  const child = spawn(command, args, {
    env: { ...process.env, PATH: SYSTEM_PATH },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  try {
    return await new Promise<Server>((resolve, reject) => {
      child.once('message', (_message, handle) => resolve(handle as Server));
      child.once('error', reject);
      child.once('close', () => reject(new Error(errors.trim() || 'the child process failed without output')));
    });
  } finally {
    if (child.connected) child.disconnect();
  }
}
