/** The HTTP server: bounded headers, connections and time, so that a slow or idle sender holds nothing for long. */
import { type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Hono } from 'hono';

export interface Listening {
  /** `http://host:port`, without a slash at its end. */
  url: string;
  close(): Promise<void>;
}

/** Time for a whole request to arrive: 192 bytes need a moment, even on a bad line. Then 408. */
const REQUEST_MS = 10_000;
const CLOSE_MS = 2_000;

/** @throws {LodestoneError} `ERR_RECEIVER` where the port is taken, with the system's error as its cause */
export async function listen(
  app: Hono,
  { port, host, requestMs = REQUEST_MS }: { port: number; host: string; requestMs?: number },
): Promise<Listening> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: {
      requestTimeout: requestMs,
      headersTimeout: requestMs,
      connectionsCheckingInterval: Math.min(1_000, requestMs),
      keepAliveTimeout: 5_000,
      maxHeaderSize: 8_192,
    },
  }) as Server;
  server.maxConnections = 10_000;
  await begin(server, port, host);
  const address = server.address() as AddressInfo;
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `http://${shown}:${address.port}`, close: () => end(server) };
}

function begin(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new LodestoneError('ERR_RECEIVER', `cannot listen on ${host}, port ${port}`, { cause })),
    );
    server.listen(port, host, resolve);
  });
}

/** Answers what has arrived, then ends; who still sends after a moment is cut off. */
function end(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
