/**
 * `POST /v1/signals`: exactly 192 bytes, and one answer. 413 for longer, 400 for shorter, 503 where the batch was not
 * stored, else 204: new, duplicate, cover and rubbish cannot be told apart. Spec: DESIGN §9.
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
    const body = await readSignal(c.req.raw);
    if (body === 'longer') return c.text(`A signal is ${LIMITS.signalBytes} bytes; this body is longer.\n`, 413);
    if (body === 'shorter') return c.text(`A signal is ${LIMITS.signalBytes} bytes; this body is shorter.\n`, 400);
    try {
      await ingest.take(body);
    } catch (error) {
      if (!(error instanceof LodestoneError)) throw error;
      return c.text('Not stored; send the same bytes again later.\n', 503, { 'Retry-After': '60' });
    }
    return c.body(null, 204);
  });
  // Signals need no preflight; who sends one (with a content type, say) gets an answer that ends it.
  app.options('/', (c) =>
    c.body(null, 204, {
      'Access-Control-Allow-Methods': 'POST',
      'Access-Control-Allow-Headers': 'Content-Type',
      'Access-Control-Max-Age': '86400',
    }),
  );
  app.all('/', (c) => c.text('Signals are sent by POST.\n', 405, { Allow: 'POST, OPTIONS' }));
  return app;
}

async function readSignal(request: Request): Promise<Uint8Array | 'longer' | 'shorter'> {
  const declared = Number(request.headers.get('content-length') ?? LIMITS.signalBytes);
  if (declared > LIMITS.signalBytes) return 'longer'; // without reading any of it
  try {
    const body = await readAtMost(request.body, LIMITS.signalBytes);
    if (!body) return 'longer';
    return body.length < LIMITS.signalBytes ? 'shorter' : body;
  } catch {
    return 'shorter'; // the sender left in the middle: nobody reads the answer, and it is no fault of ours to log
  }
}
