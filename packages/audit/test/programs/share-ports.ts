/**
 * Runs where the machine has only 16 local ports: keeps three requests open behind a recording proxy, sends forty more,
 * and goes on until a client's connection had the port of an open connection of the proxy, which is left to chance. It prints how many
 * had, how many requests were sent, and how many were answered.
 */
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { startProxy } from '../../src/traffic/proxy.ts';

const proxy = await startProxy(() => false);
const held: Socket[] = [];
const target = createServer(({ url, socket }, response) => {
  if (url === '/held') held.push(socket);
  else response.end();
}).listen(0, '127.0.0.1');
await new Promise((listening) => target.once('listening', listening));
const { port } = target.address() as AddressInfo;

let shared = 0;
function through(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sending = request(
      { host: '127.0.0.1', port: proxy.port, path: `http://127.0.0.1:${port}${path}`, agent: false },
      (response) => response.resume().on('end', () => resolve(response.statusCode)),
    );
    sending.once('socket', (socket) =>
      socket.once('connect', () => {
        if (held.some(({ remotePort }) => remotePort === socket.localPort)) shared++;
      }),
    );
    sending.on('error', reject).end();
  });
}

// Local ports are given in turn. Without the idle connections, the held requests may have the same ports on both sides of the proxy, and
// then no later client can have one of them.
const idle: Socket[] = [];
while (held.length < 3) {
  const before = held.length;
  idle.push(connect(proxy.port, '127.0.0.1'));
  await once(idle[before] as Socket, 'connect');
  void through('/held');
  while (held.length === before) await new Promise((later) => setTimeout(later, 20));
}
for (const socket of idle) socket.resetAndDestroy();
let [sent, answered] = [0, 0];
for (; sent < 40 || (shared === 0 && sent < 2_000); sent++) if ((await through('/now')) === 200) answered++;
console.log(JSON.stringify({ shared, sent, answered }));
process.exit(0);
