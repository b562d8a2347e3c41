/**
 * A connection of the browser to the proxy and one of the proxy to a server may have the same local port, since only address and
 * port of both ends together are unique. mockttp refuses what comes from the port of one of its own connections as a loop.
 */
import { spawnSync } from 'node:child_process';
import { request } from 'node:http';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startProxy } from '../src/traffic/proxy.ts';

const PROGRAM = path.join(import.meta.dirname, 'programs/share-ports.ts');
/** A network namespace with a loopback and 16 local ports. */
const FEW_PORTS = [
  '--user',
  '--map-root-user',
  '--net',
  'sh',
  '-c',
  'ip link set lo up && echo "40000 40015" > /proc/sys/net/ipv4/ip_local_port_range && exec "$@"',
  'sh',
];
const isPossible = spawnSync('unshare', [...FEW_PORTS, 'true']).status === 0;

test.runIf(isPossible)('requests from the ports of the proxy’s own connections are answered', () => {
  const { stdout, stderr } = spawnSync('unshare', [...FEW_PORTS, process.execPath, '--conditions=source', PROGRAM], {
    encoding: 'utf8',
    timeout: 100_000,
  });
  const { shared, sent, answered } = JSON.parse(stdout || '{}') as Partial<
    Record<'shared' | 'sent' | 'answered', number>
  >;
  expect(shared, stderr).toBeGreaterThan(0);
  expect(answered, stderr).toBe(sent);
});

test('a request to the proxy’s own address ends', async () => {
  const proxy = await startProxy(() => false);
  try {
    const status = await new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port: proxy.port, path: `http://127.0.0.1:${proxy.port}/` }, (response) =>
        response.resume().on('end', () => resolve(response.statusCode)),
      )
        .on('error', reject)
        .end();
    });
    expect(status).toBe(500);
    // The request, and the same one as it came back.
    expect(proxy.records).toHaveLength(2);
  } finally {
    await proxy.stop();
  }
});
