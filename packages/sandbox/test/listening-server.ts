/**
 * A server that the sandbox must not reach. It records every request, upgrade and datagram. Vitest's global setup starts it for each
 * engine; tests get its address from `inject('listeningServer')` and its record from `/seen`.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    listeningServer: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*').setHeader('Cache-Control', 'no-store');
    if (request.url === '/seen') return response.end(JSON.stringify(seen));
    seen.push(`${request.method} ${request.url}`);
    return response.setHeader('Content-Type', 'text/javascript').end('export {}');
  });
  server.on('upgrade', (request, socket) => {
    seen.push(`upgrade ${request.url}`);
    socket.destroy();
  });
  server.on('clientError', (_error, socket) => {
    seen.push('traffic that is not HTTP');
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  // WebTransport would arrive over QUIC.
  const datagrams = createSocket('udp4', () => seen.push('a datagram'));
  datagrams.bind(port, '127.0.0.1');
  await once(datagrams, 'listening');

  project.provide('listeningServer', `http://127.0.0.1:${port}`);
  return async () => {
    datagrams.close();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
}
