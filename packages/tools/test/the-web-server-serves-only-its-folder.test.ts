/** The demo's server serves the files of its folder and nothing else, and skips a busy port. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filesOf, freePort, serve, type WebServer } from '../src/web-server.ts';

let folder: string;
let server: WebServer;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lodestone-server-'));
  await mkdir(path.join(folder, 'public'));
  await writeFile(path.join(folder, 'public/a.json'), '{}');
  await writeFile(path.join(folder, 'secret.json'), '{"secret":true}');
  server = await serve({
    port: 0,
    handlers: [filesOf(path.join(folder, 'public'), '/files/', { 'Access-Control-Allow-Origin': '*' })],
  });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** Sends the path unchanged, without a URL parser that would normalise it. */
function statusOf(rawPath: string, method = 'GET'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(server.origin);
    request({ host: '127.0.0.1', port, path: rawPath, method }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

test('pages of other origins can read a file and a 404', async () => {
  const found = await fetch(`${server.origin}/files/a.json`);
  expect(found.status).toBe(200);
  expect(found.headers.get('content-type')).toBe('application/json');
  const missing = await fetch(`${server.origin}/files/b.json`);
  expect(missing.status).toBe(404);
  expect(missing.headers.get('access-control-allow-origin')).toBe('*');
});

test.each([
  '/files/../secret.json',
  '/files/..%2fsecret.json',
  '/files/%2e%2e/secret.json',
  '/secret.json',
  '/files//etc/hostname',
])('%s does not leave the folder', async (rawPath) => {
  expect(await statusOf(rawPath)).toBe(404);
});

test('a path that cannot be decoded fails its request alone', async () => {
  expect(await statusOf('/files/%')).toBe(500);
  expect(await statusOf('/files/a.json')).toBe(200);
});

test('only GET and HEAD are answered', async () => {
  expect(await statusOf('/files/a.json', 'PUT')).toBe(404);
  expect(await statusOf('/files/a.json', 'HEAD')).toBe(200);
});

test('a busy port is skipped', async () => {
  const port = await freePort(0);
  const first = await serve({ port, handlers: [] });
  const second = await serve({ port, handlers: [] });
  expect(first.origin).toBe(`http://localhost:${port}`);
  expect(Number(new URL(second.origin).port)).toBeGreaterThan(port);
  await Promise.all([first.close(), second.close()]);
});
