/** A small server of this machine: handlers are asked in turn, the first that answers wins. A busy port is stepped over. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export interface WebRequest {
  method: string;
  url: URL;
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
const STEPS = 50;
const BODY_BYTES = 65_536;

/** @param port the first to try; 0 takes any that is free */
export async function serve({ port, handlers }: { port: number; handlers: readonly Handler[] }): Promise<WebServer> {
  const server = createServer((request, response) => {
    answer(request, handlers).then(
      ({ status = 200, type, body, headers }) => {
        response.writeHead(status, { 'Content-Type': type, 'X-Content-Type-Options': 'nosniff', ...headers });
        response.end(request.method === 'HEAD' ? undefined : body);
      },
      (error: unknown) => {
        response.writeHead(500, { 'Content-Type': 'text/plain' });
        response.end(`${String(error)}\n`);
      },
    );
  });
  const origin = `http://localhost:${await listenFrom(server, port)}`;
  return { origin, close: () => close(server) };
}

/** A port that is free now, for a server that takes none but the one it is given. */
export async function freePort(first: number): Promise<number> {
  const probe = createServer();
  const port = await listenFrom(probe, first);
  await close(probe);
  return port;
}

/** Files of a folder, at addresses below `under`. Only what is in the folder: no way out by `..`, encoded or not. */
export function filesOf(folder: string, under: string, headers: Record<string, string> = {}): Handler {
  return async ({ method, url }) => {
    if (!url.pathname.startsWith(under) || (method !== 'GET' && method !== 'HEAD')) return undefined;
    const name = decodeURIComponent(url.pathname.slice(under.length)) || 'index.html';
    const file = path.join(folder, name);
    // A page of another origin must be able to read a 404 too: TUF asks for the next root until there is none.
    const missing: WebAnswer = { status: 404, type: 'text/plain', body: 'Nothing is here.\n', headers };
    if (path.relative(folder, file).startsWith('..')) return missing;
    try {
      return { type: TYPES[path.extname(file)] ?? 'application/octet-stream', body: await readFile(file), headers };
    } catch {
      return missing;
    }
  };
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webp': 'image/webp',
};

async function answer(request: IncomingMessage, handlers: readonly Handler[]): Promise<WebAnswer> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
  const body = await bodyOf(request);
  for (const handler of handlers) {
    const found = await handler({ method: request.method ?? 'GET', url, body });
    if (found) return found;
  }
  return { status: 404, type: 'text/plain', body: 'Nothing is here.\n' };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_BYTES) throw new Error('the body is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function listenFrom(server: Server, first: number): Promise<number> {
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
      const busy = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!busy || first === 0 || port >= first + STEPS) throw error;
    }
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
