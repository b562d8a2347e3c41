/**
 * The HTTP server, with bounds on header size, connections and time, so that a slow or idle sender holds no resource for
 * long. Flow: receiver → here → http/app. Spec: docs/design/receiver.md#ingest.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Hono } from 'hono';
import { causeCode } from '../log-safe-error.ts';

export interface Listening {
  /** `http://host:port`, without a trailing slash. */
  url: string;
  close(): Promise<void>;
}

/** Time for a whole request of 256 bytes to arrive, also over a bad connection. After it, the answer is 408. */
const REQUEST_MS = 10_000;
const CLOSE_MS = 2_000;

/** Answers a request on Node's own objects, ahead of the app. @returns false for a request that it leaves to the app */
export type DirectListener = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;

export interface ListenOptions {
  port: number;
  host: string;
  requestMs?: number;
  direct?: DirectListener;
}

/** @throws {LodestoneError} `ERR_RECEIVER` if the port is in use, with the system's error as its cause */
export async function listen(
  app: Hono,
  { port, host, requestMs = REQUEST_MS, direct = () => false }: ListenOptions,
): Promise<Listening> {
  const toApp = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const options = {
    requestTimeout: requestMs,
    headersTimeout: requestMs,
    connectionsCheckingInterval: Math.min(1_000, requestMs),
    keepAliveTimeout: 5_000,
    maxHeaderSize: 8_192,
  };
  const server = createServer(options, (incoming, outgoing) => {
    if (!direct(incoming, outgoing)) void toApp(incoming, outgoing);
  });
  server.maxConnections = 10_000;
  await startListening(server, port, host);
  const address = server.address() as AddressInfo;
  const hostname = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `http://${hostname}:${address.port}`, close: () => closeServer(server) };
}

/** Whether the port can be used, before anything else is started. @throws {LodestoneError} `ERR_RECEIVER` if it is in use */
export async function checkPort(port: number, host: string): Promise<void> {
  const server = createServer();
  await startListening(server, port, host);
  await new Promise<void>((resolve) => void server.close(() => resolve()));
}

function startListening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new LodestoneError(
          'ERR_RECEIVER',
          `cannot listen on ${host}, port ${port} (${causeCode(cause)}); choose another address or port, or end the process that uses it`,
          { cause },
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
}

/** Answers requests that have arrived, then stops. Connections that are still open after CLOSE_MS are closed. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

export interface Closing {
  close(): Promise<void>;
}

/** Opens another port, if one is given. If that fails, those that are open are closed. */
export async function openOr<T extends Closing>(
  opened: Closing[],
  port: number | undefined,
  open: (port: number) => Promise<T>,
): Promise<T | undefined> {
  if (port === undefined) return undefined;
  try {
    const one = await open(port);
    opened.push(one);
    return one;
  } catch (error) {
    await Promise.all(opened.map((each) => each.close()));
    throw error;
  }
}
