/**
 * `POST /v1/signals`: accepts a body of exactly 256 bytes. Answers 413 if it is longer, 400 if it is shorter, 503 if its
 * batch was not stored, else 204. Promise: the answer does not depend on what the 256 bytes contain.
 * Flow: http/app → here → ingest. Spec: docs/design/receiver.md#ingest.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { LIMITS } from '@lodestone/protocol/limits';
import { Hono } from 'hono';
import { readAtMost } from '../bounded-read.ts';
import type { Ingest } from './ingest.ts';

export function signalsEndpoint(ingest: Ingest): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.header('Access-Control-Allow-Origin', '*');
    c.header('Cache-Control', 'no-store');
  });
  app.post('/', async (c) => {
    const body = await readBody(c.req.raw);
    if (body === 'longer') return c.text(`The body is longer than ${LIMITS.signalBytes} bytes.\n`, 413);
    if (body === 'shorter') return c.text(`The body is shorter than ${LIMITS.signalBytes} bytes.\n`, 400);
    try {
      await ingest.accept(body);
    } catch (error) {
      if (!(error instanceof LodestoneError)) throw error;
      return c.text('Not stored. Send the same bytes again later.\n', 503, { 'Retry-After': '60' });
    }
    return c.body(null, 204);
  });
  // Signals need no preflight. A client that adds a content type sends one anyway; this answer lets it continue.
  app.options('/', (c) =>
    c.body(null, 204, {
      'Access-Control-Allow-Methods': 'POST',
      'Access-Control-Allow-Headers': 'Content-Type',
      'Access-Control-Max-Age': '86400',
    }),
  );
  app.all('/', (c) => c.text('Send signals with POST.\n', 405, { Allow: 'POST, OPTIONS' }));
  return app;
}

async function readBody(request: Request): Promise<Uint8Array | 'longer' | 'shorter'> {
  const declared = Number(request.headers.get('content-length') ?? LIMITS.signalBytes);
  if (declared > LIMITS.signalBytes) return 'longer'; // before any of the body is read
  try {
    const body = await readAtMost(request.body, LIMITS.signalBytes);
    if (!body) return 'longer';
    return body.length < LIMITS.signalBytes ? 'shorter' : body;
  } catch {
    return 'shorter'; // the sender closed the connection: it does not read the answer, and the log needs no entry
  }
}
