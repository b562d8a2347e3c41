/**
 * `POST /v1/signals`: accepts a body of exactly 256 bytes. Answers 413 if it is longer, 400 if it is shorter, 503 if its
 * batch was not stored, else 204. Promise: the answer does not depend on what the 256 bytes contain.
 * The body is read from Node's stream: a web stream for 256 bytes takes as much processor time as opening them.
 * Flow: http/app → here → ingest. Spec: docs/design/receiver.md#ingest.
 */
import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { concatBytes } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { LIMITS } from '@lodestone/protocol/limits';
import { Hono } from 'hono';
import type { Ingest } from './ingest.ts';

/** Of every answer. */
const HEADERS = { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'no-store' };

export function signalsEndpoint(ingest: Ingest): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.post('/', async (c) => {
    const body = await readBody(c.env.incoming);
    if (body === 'longer') return c.text(`The body is longer than ${LIMITS.signalBytes} bytes.\n`, 413, HEADERS);
    if (body === 'shorter') return c.text(`The body is shorter than ${LIMITS.signalBytes} bytes.\n`, 400, HEADERS);
    try {
      await ingest.accept(body);
    } catch (error) {
      if (!(error instanceof LodestoneError)) throw error;
      return c.text('Not stored. Send the same bytes again later.\n', 503, { ...HEADERS, 'Retry-After': '60' });
    }
    return c.body(null, 204, HEADERS);
  });
  // Signals need no preflight. A client that adds a content type sends one anyway; this answer lets it continue.
  app.options('/', (c) =>
    c.body(null, 204, {
      ...HEADERS,
      'Access-Control-Allow-Methods': 'POST',
      'Access-Control-Allow-Headers': 'Content-Type',
      'Access-Control-Max-Age': '86400',
    }),
  );
  app.all('/', (c) => c.text('Send signals with POST.\n', 405, { ...HEADERS, Allow: 'POST, OPTIONS' }));
  return app;
}

/** Holds at most 256 bytes and one chunk. The server discards what is left of a longer body, up to a bound, after the answer. */
function readBody(incoming: IncomingMessage): Promise<Uint8Array | 'longer' | 'shorter'> {
  const declared = Number(incoming.headers['content-length'] ?? LIMITS.signalBytes);
  if (declared > LIMITS.signalBytes) return Promise.resolve('longer'); // before any of the body is read
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    const take = (chunk: Uint8Array): void => {
      length += chunk.length;
      if (length <= LIMITS.signalBytes) chunks.push(chunk);
      else {
        incoming.off('data', take).pause();
        resolve('longer');
      }
    };
    incoming.on('data', take);
    incoming.once('end', () => resolve(length < LIMITS.signalBytes ? 'shorter' : concatBytes(...chunks)));
    // The sender closed the connection: it does not read the answer, and the log needs no entry.
    incoming.once('error', () => resolve('shorter')).once('close', () => resolve('shorter'));
  });
}
