/** A real nginx with a plain `proxy_pass` of the public port, with and without forwarding headers, reaches no page of the console. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LIMITS } from '@lodestone/protocol/limits';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { signIn } from './support/sign-in.ts';
import { startWorld, type World } from './support/world.ts';

const NGINX = ['nginx', '/usr/sbin/nginx'].find((command) => spawnSync(command, ['-v']).status === 0);
const PROXIES: Record<string, string> = {
  plain: '',
  'as the browser names the host': 'proxy_set_header Host $host;',
  'with forwarding headers': 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
};

describe.runIf(NGINX !== undefined)(NGINX === undefined ? 'skipped without nginx' : 'behind nginx', () => {
  let world: World;
  let nginx: ChildProcess;
  let folder: string;
  const ports: Record<string, number> = {};

  beforeAll(async () => {
    world = await startWorld();
    folder = await mkdtemp(path.join(tmpdir(), 'receiver-nginx-'));
    for (const name of Object.keys(PROXIES)) ports[name] = await freePort();
    const servers = Object.entries(PROXIES).map(
      ([name, header]) =>
        `server { listen 127.0.0.1:${ports[name]}; location / { proxy_pass ${world.receiver.url}; ${header} } }`,
    );
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${folder};`,
    );
    await writeFile(
      path.join(folder, 'nginx.conf'),
      `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
      events {} http { access_log off; ${temporary.join(' ')} ${servers.join('\n')} }`,
    );
    nginx = spawn(NGINX ?? '', ['-c', path.join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' });
    await vi.waitFor(() => fetch(at('plain', '/healthz')), { timeout: 10_000 });
  }, 90_000);
  afterAll(async () => {
    nginx.kill('SIGKILL');
    if (nginx.exitCode === null && nginx.signalCode === null) await once(nginx, 'exit');
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });
  const at = (proxy: string, target: string): string => `http://127.0.0.1:${ports[proxy]}${target}`;

  describe.each(Object.keys(PROXIES))('%s', (proxy) => {
    test('a signal gets through', async () => {
      const body = new Uint8Array(LIMITS.signalBytes);
      expect((await fetch(at(proxy, '/v1/signals'), { method: 'POST', body })).status).toBe(204);
    });
    test('every page of the console is a 404, also with a session and at sign-in', async () => {
      const { cookie } = await signIn(world.receiver.console?.signInLink() ?? '');
      const link = new URL(world.receiver.console?.signInLink() ?? '');
      for (const target of ['/', '/console.css', `/sign-in${link.search}`, '/cases', '//', '/v1/../', '/%2e/'])
        expect((await fetch(at(proxy, target), { headers: { cookie } })).status, target).toBe(404);
      const { origin } = new URL(at(proxy, '/'));
      const post = { method: 'POST', headers: { origin }, body: new URLSearchParams(link.searchParams) };
      expect((await fetch(at(proxy, '/sign-in'), post)).status).toBe(404);
      const pages = await Promise.all(['/', '/readyz', '/healthz'].map((target) => fetch(at(proxy, target))));
      for (const text of await Promise.all(pages.map((page) => page.text()))) expect(text).not.toMatch(/case|subject/i);
    });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
