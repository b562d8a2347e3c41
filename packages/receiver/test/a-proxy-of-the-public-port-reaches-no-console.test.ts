/**
 * A proxy of the public port, with and without forwarding headers, reaches no page of the console: a proxy of node:http, and
 * nginx where it is installed.
 */
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type RequestOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { LIMITS } from '@lodestone/protocol/limits';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Browser } from './support/browser.ts';
import { freePort, NGINX, startNginx } from './support/nginx.ts';
import { startWorld, type World } from './support/world.ts';

/** What a proxy sets: nginx's directive, and the same headers as the proxy of node:http adds them to what the browser sent. */
const HEADERS: Record<string, { nginx: string; node: (host: string) => Record<string, string> }> = {
  plain: { nginx: '', node: () => ({}) },
  'as the browser names the host': { nginx: 'proxy_set_header Host $host;', node: (host) => ({ host }) },
  'with forwarding headers': {
    nginx: 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    node: () => ({ 'x-forwarded-for': '127.0.0.1' }),
  },
};

interface Proxies {
  /** By the name of its headers. */
  ports: Record<string, number>;
  stop(): Promise<void>;
}

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

describe('behind a proxy of node:http', () => reachesNoConsole(startNodeProxies));
describe.runIf(NGINX !== undefined)(NGINX === undefined ? 'skipped without nginx' : 'behind nginx', () => {
  reachesNoConsole(startNginxProxies);
});

function reachesNoConsole(start: (receiver: URL) => Promise<Proxies>): void {
  let proxies: Proxies;
  beforeAll(async () => {
    proxies = await start(new URL(world.receiver.url));
  }, 30_000);
  afterAll(() => proxies.stop());

  describe.each(Object.keys(HEADERS))('%s', (name) => {
    const askProxy = (target: string, options?: RequestOptions, body?: Uint8Array | string): Promise<Answer> =>
      ask(proxies.ports[name], target, options, body);

    test('a signal gets through', async () => {
      const body = new Uint8Array(LIMITS.signalBytes);
      expect((await askProxy('/v1/signals', { method: 'POST' }, body)).status).toBe(204);
    });
    test('every page of the console is a 404, also with a session and at sign-in', async () => {
      const operator = Browser.of(world);
      const link = new URL((await world.receiver.console?.trialLink()) ?? '');
      expect((await operator.post('/link', Object.fromEntries(link.searchParams))).status).toBe(303);
      const cookie = `lodestone-console=${operator.session}`;
      for (const target of ['/', '/console.css', '/sign-in', `/link${link.search}`, '/cases', '//', '/v1/../', '/%2e/'])
        expect((await askProxy(target, { headers: { cookie } })).status, target).toBe(404);
      const form = { origin: `http://127.0.0.1:${proxies.ports[name]}`, 'content-type': FORM };
      expect((await askProxy('/link', { method: 'POST', headers: form }, link.search.slice(1))).status).toBe(404);
      for (const target of ['/', '/readyz', '/healthz'])
        expect((await askProxy(target)).text).not.toMatch(/case|subject/i);
    });
  });
}

const FORM = 'application/x-www-form-urlencoded';

interface Answer {
  status: number;
  text: string;
}

/** Unlike `fetch`, sends a path such as `/v1/../` as it is. */
async function ask(
  port: number | undefined,
  target: string,
  options: RequestOptions = {},
  body: Uint8Array | string = '',
): Promise<Answer> {
  const headers = { ...options.headers, 'content-length': body.length };
  const sent = request({ agent: false, ...options, host: '127.0.0.1', port, path: target, headers }).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, text: await text(response) };
}

async function startNodeProxies(receiver: URL): Promise<Proxies> {
  const servers = Object.entries(HEADERS).map(([name, { node }]) => {
    const server = createServer((incoming, answer) => {
      const { method, url, headers } = incoming;
      const passedOn = { ...headers, host: receiver.host, ...node(headers.host ?? '') };
      const { hostname: host, port } = receiver;
      const sent = request({ agent: false, host, port, method, path: url, headers: passedOn }, (response) => {
        response.pipe(answer.writeHead(response.statusCode ?? 0, response.headers));
      });
      incoming.pipe(sent);
    });
    return [name, server.listen(0, '127.0.0.1')] as const;
  });
  await Promise.all(servers.map(([, server]) => once(server, 'listening')));
  return {
    ports: Object.fromEntries(servers.map(([name, server]) => [name, (server.address() as AddressInfo).port])),
    async stop() {
      for (const [, server] of servers) server.closeAllConnections();
      await Promise.all(servers.map(([, server]) => once(server.close(), 'close')));
    },
  };
}

async function startNginxProxies(receiver: URL): Promise<Proxies> {
  const folder = await mkdtemp(path.join(tmpdir(), 'receiver-nginx-'));
  const ports: Record<string, number> = {};
  for (const name of Object.keys(HEADERS)) ports[name] = await freePort();
  const servers = Object.entries(HEADERS).map(
    ([name, { nginx }]) =>
      `server { listen 127.0.0.1:${ports[name]}; location / { proxy_pass ${receiver.origin}; ${nginx} } }`,
  );
  const areReady = (): Promise<unknown> => Promise.all(Object.values(ports).map((port) => ask(port, '/healthz')));
  return { ports, ...(await startNginx(folder, servers, areReady)) };
}
