/**
 * `POST /v1/signals`: accepts a body of exactly 256 bytes. Answers 413 if it is longer, 400 if it is shorter, 503 if its
 * batch was not stored, else 204. Promise: the answer does not depend on what the 256 bytes contain.
 * The body is read from Node's stream: a web stream for 256 bytes takes as much processor time as opening them.
 * Flow: http/server, http/app → here → ingest. Spec: docs/design/receiver.md#ingest.
 */
import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { concatBytes } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { LIMITS } from '@lodestone/protocol/limits';
import { Hono } from 'hono';
import type { Logger } from 'pino';
import { logFailure } from '../http/failure.ts';
import type { DirectListener } from '../http/server.ts';
import type { Ingest } from './ingest.ts';

/** Of every answer. */
const HEADERS = { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'no-store' };
const TEXT = 'text/plain; charset=UTF-8';
export const SIGNALS_PATH = '/v1/signals';

interface Answer {
  readonly status: 204 | 400 | 413 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | null;
}

const refused = (status: Answer['status'], text: string, more: Answer['headers'] = {}): Answer => ({
  status,
  headers: { ...HEADERS, 'Content-Type': TEXT, 'Content-Length': String(text.length), ...more },
  text,
});
const STORED: Answer = { status: 204, headers: HEADERS, text: null };
const LONGER = refused(413, `The body is longer than ${LIMITS.signalBytes} bytes.\n`);
const SHORTER = refused(400, `The body is shorter than ${LIMITS.signalBytes} bytes.\n`);
const NOT_STORED = refused(503, 'Not stored. Send the same bytes again later.\n', { 'Retry-After': '60' });

async function answerTo(incoming: IncomingMessage, ingest: Ingest): Promise<Answer> {
  const body = await readBody(incoming);
  if (body === 'longer') return LONGER;
  if (body === 'shorter') return SHORTER;
  try {
    await ingest.accept(body);
    return STORED;
  } catch (error) {
    if (!(error instanceof LodestoneError)) throw error;
    return NOT_STORED;
  }
}

/**
 * Takes bodies of the declared length ahead of the app, which answers every other request of the path. Promise: the same answers as
 * the app's, for less processor time: requests and responses of the web's kind cost as much as opening a body.
 */
export function signalsListener(ingest: Ingest, log: Logger): DirectListener {
  const length = String(LIMITS.signalBytes);
  return (incoming, outgoing) => {
    const { method, url, headers } = incoming;
    if (method !== 'POST' || url !== SIGNALS_PATH || headers['content-length'] !== length) return false;
    answerTo(incoming, ingest).then(
      (answer) => outgoing.writeHead(answer.status, answer.headers).end(answer.text ?? undefined),
      (error: unknown) => {
        const text = logFailure(log, error, method);
        outgoing.writeHead(500, { 'Content-Type': TEXT, 'Content-Length': text.length }).end(text);
      },
    );
    return true;
  };
}

/** The routes of the path, for bodies of another length or of none that is declared, and for other methods. */
export function signalsEndpoint(ingest: Ingest): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.post('/', async (c) => {
    const { status, headers, text } = await answerTo(c.env.incoming, ingest);
    return c.newResponse(text, status, headers);
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
