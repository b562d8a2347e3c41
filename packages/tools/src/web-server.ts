/**
 * A small HTTP server on this machine, for the demo, benchmarks and tests: a list of handlers on Hono, of which the first
 * that returns an answer wins. Promise: only loopback, bounded bodies, and files only from the given folder.
 */
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getMimeType } from 'hono/utils/mime';

export interface WebRequest {
  method: string;
  url: URL;
  headers: Headers;
  body: Buffer;
}
export interface WebAnswer {
  status?: number;
  type: string;
  body: string | Uint8Array;
  headers?: Record<string, string>;
}
export type Handler = (request: WebRequest) => WebAnswer | undefined | Promise<WebAnswer | undefined>;

export interface WebServer {
  /** `http://localhost:PORT`: a secure context in every browser. */
  origin: string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
/** How many ports are tried. */
const PORTS_TRIED = 50;
const BODY_BYTES = 65_536;
const NOT_FOUND: WebAnswer = { status: 404, type: 'text/plain', body: 'Not found.\n' };

/** @param port the first port to try; 0 takes any free port */
export async function serve({ port, handlers }: { port: number; handlers: readonly Handler[] }): Promise<WebServer> {
  const app = new Hono();
  app.use(bodyLimit({ maxSize: BODY_BYTES }));
  app.all('*', async ({ req }) => {
    const body = Buffer.from(await req.arrayBuffer());
    const answer = await firstAnswer(
      { method: req.method, url: new URL(req.url), headers: req.raw.headers, body },
      handlers,
    );
    return responseOf(answer, req.method);
  });
  app.onError((error) => responseOf({ status: 500, type: 'text/plain', body: `${String(error)}\n` }, 'GET'));
  const server = createAdaptorServer({ fetch: app.fetch });
  const origin = `http://localhost:${await listenFrom(server, port)}`;
  return { origin, close: () => close(server) };
}

/** A port that is free now, for a server that accepts only a fixed port. */
export async function freePort(first: number): Promise<number> {
  const probe = createAdaptorServer({ fetch: () => new Response() });
  const port = await listenFrom(probe, first);
  await close(probe);
  return port;
}

/** Serves the files of a folder at addresses below `under`. Paths that leave the folder by `..`, encoded or not, are not found. */
export function filesOf(folder: string, under: string, headers: Record<string, string> = {}): Handler {
  return async ({ method, url }) => {
    if (!url.pathname.startsWith(under) || (method !== 'GET' && method !== 'HEAD')) return undefined;
    const name = decodeURIComponent(url.pathname.slice(under.length)) || 'index.html';
    const file = path.join(folder, name);
    // Pages of other origins must be able to read a 404 too: a TUF client requests the next root until it gets one.
    const missing: WebAnswer = { ...NOT_FOUND, headers };
    if (path.relative(folder, file).startsWith('..')) return missing;
    try {
      return { type: getMimeType(file) ?? 'application/octet-stream', body: await readFile(file), headers };
    } catch {
      return missing;
    }
  };
}

async function firstAnswer(request: WebRequest, handlers: readonly Handler[]): Promise<WebAnswer> {
  for (const handler of handlers) {
    const answer = await handler(request);
    if (answer) return answer;
  }
  return NOT_FOUND;
}

function responseOf({ status = 200, type, body, headers }: WebAnswer, method: string): Response {
  const hasBody = method !== 'HEAD' && status !== 204;
  return new Response(hasBody ? (body as BodyInit) : null, {
    status,
    headers: { 'Content-Type': type, 'X-Content-Type-Options': 'nosniff', ...headers },
  });
}

async function listenFrom(server: ServerType, first: number): Promise<number> {
  for (let port = first; ; port++) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, HOST, () => {
          server.off('error', reject);
          resolve();
        });
      });
      return (server.address() as AddressInfo).port;
    } catch (error) {
      const isBusy = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!isBusy || first === 0 || port >= first + PORTS_TRIED) throw error;
    }
  }
}

function close(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}
